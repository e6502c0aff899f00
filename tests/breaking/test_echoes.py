"""A server that says the credential back, however it spells it, and all that leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from byte_server import ByteServer, Received
from streamtriage.model import Intake
from streamtriage.report import render_html, render_markdown
from streamtriage.triage import triage
from test_known_secrets import SECRETS, SPELLINGS, left_of

if TYPE_CHECKING:
    from byte_server import Script

pytestmark = [pytest.mark.real(part="breaking"), pytest.mark.anyio]

SECRET = SECRETS["base64"]
# A header's value takes no line break, and nothing that is not ASCII.
_BARE = str.maketrans({"\r": " ", "\n": " ", "\x00": " ", "\u200b": " "})


def refusal(said: str) -> bytes:
    """Return a 401 that says it in its phrase, in a header and in its body."""
    body = f'{{"error":"bad credential {said} was sent"}}'.encode()
    bare = said.translate(_BARE)
    head = (
        f"HTTP/1.1 401 Bad {bare}\r\nContent-Type: application/json\r\n"
        f"Server: keeper {bare}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@pytest.mark.parametrize("spelling", SPELLINGS)
async def test_what_a_server_says_back_leaves_nowhere(spelling: str) -> None:
    said = SPELLINGS[spelling](SECRET)
    seen: list[Received] = []

    def route(asked: Received) -> Script:
        seen.append(asked)
        return (refusal(said), "fin")

    async with ByteServer(route=route) as server:
        intake = Intake(url=server.url, auth_env="ECHOED", hold_s=0)
        report = (await triage(intake, environ={"ECHOED": SECRET})).shown

    assert any(SECRET in asked.headers.get("authorization", "") for asked in seen)
    whole = report.model_dump_json()
    for shown in (whole, render_html(report), render_markdown(report)):
        assert left_of(said, shown) == []
        assert left_of(said.translate(_BARE), shown) == []
