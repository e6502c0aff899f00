"""Fixes that can be tried here are tried here."""

from __future__ import annotations

from starlette.testclient import TestClient

from streamtriage.causes import CAUSES
from streamtriage.lab.server import mcp_app


def test_starlette_fix_answers_405() -> None:
    """The text to paste turns the SDK's own app into one that answers GET with 405."""
    cause = next(each for each in CAUSES if each.id == "get-not-implemented-404")
    fix = next(each for each in cause.fixes if "Starlette" in each.where)
    app = mcp_app()
    exec(fix.paste, {"app": app})

    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        got = client.get("/mcp", headers={"accept": "text/event-stream"})
        posted = client.post("/mcp", json={}, headers={"accept": "application/json"})

    assert got.status_code == 405
    assert got.headers["allow"] == "POST, DELETE"
    assert posted.status_code != 405


def test_every_paste_is_plain_text() -> None:
    """What is pasted into a terminal or a file holds nothing that a page would add."""
    pastes = [fix.paste for cause in CAUSES for fix in cause.fixes]

    assert all(paste.isascii() for paste in pastes)
    assert not any(paste.startswith(("```", "$ ")) for paste in pastes)
