"""A sound server stays sound, whichever client it is asked as."""

from __future__ import annotations

import asyncio

import pytest

from side_by_side import ask_all
from streamtriage.knowledge.client_folders import client_names
from streamtriage.knowledge.client_requests import dialects_of
from streamtriage.lab import SOUND, serve
from streamtriage.model import Intake, Report
from streamtriage.triage import triage

# The first test waits for all servers.
pytestmark = [pytest.mark.real(part="servers"), pytest.mark.timeout(900)]

ASKED_AS = sorted({row.key for name in client_names() for row in dialects_of(name)})
# The Inspector asks from a browser's page, which has to be let in.
BROWSER, PAGE = "mcp-inspector@", "healthy-in-browser"
ASKED = [
    (server.name, client)
    for server in SOUND
    for client in ASKED_AS
    if server.name == PAGE or not client.startswith(BROWSER)
]
Asked = tuple[str, str]


def ask(asked: Asked) -> Report:
    server, client = asked
    with serve(server) as lab:
        intake = Intake(url=lab.intake.url, client=client, hold_s=2)
        return asyncio.run(triage(intake, environ={})).shown


@pytest.fixture(scope="module")
def reports() -> dict[Asked, Report]:
    return dict(zip(ASKED, ask_all(ask, ASKED), strict=True))


@pytest.mark.parametrize("server", [each.name for each in SOUND])
def test_sound_server_is_sound_under_every_dialect(
    server: str, reports: dict[Asked, Report]
) -> None:
    found = {client: reports[s, client] for s, client in ASKED if s == server}

    told = {c: (r.verdict.outcome, r.verdict.causes) for c, r in found.items()}
    assert len(told) >= 18
    assert told == dict.fromkeys(found, ("healthy", ()))
    assert {r.asked_as.rows for r in found.values()} == set(found)
