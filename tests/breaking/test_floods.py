"""Servers that never stop: each answer has its bounds, and the whole run its deadline.

The floods are of this test's own process, and end with it.
"""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

import pytest

from byte_server import (
    MCP_RESULT,
    SSE_HEAD,
    ByteServer,
    Flood,
    Received,
    Script,
    json_answer,
)
from streamtriage.model import BugEvidence, End, Failure, Intake, Target
from streamtriage.transport.requester import Wire
from streamtriage.transport.response import FLOOD_BURST
from streamtriage.triage import DEADLINE_S, triage

if TYPE_CHECKING:
    from streamtriage.model import Exchange, Report

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.timeout(120),
    pytest.mark.real(part="breaking"),
]

SSE = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
TINY = b"data:\n\n" * 500
FLOODS: dict[str, tuple[Script, End | None, Failure | None]] = {
    "events": ((SSE, Flood(TINY)), End.LIMITED, None),
    "comments": ((SSE, Flood(b":\n" * 2000)), End.LIMITED, None),
    "tiny chunks": ((SSE_HEAD, Flood(b"1\r\n:\r\n" * 500)), End.LIMITED, None),
    "interim responses": (
        (Flood(b"HTTP/1.1 100 Continue\r\n\r\n" * 100),),
        None,
        Failure.TOO_LARGE,
    ),
    "early hints": (
        (Flood(b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" * 50),),
        None,
        Failure.TOO_LARGE,
    ),
}


async def latest_s(running: asyncio.Task[None]) -> float:
    """Return by how much a clock of 10 ms was late at most, while that ran."""
    late_s = 0.0
    while not running.done():
        began = time.perf_counter()
        await asyncio.sleep(0.01)
        late_s = max(late_s, time.perf_counter() - began - 0.01)
    return late_s


async def left(url: str) -> Exchange:
    wire = Wire(Target(url=url))
    live = await wire.open("GET")
    # A test that waits for its own patience has not shown the bound.
    await live.watch(60.0)
    assert live.finished
    await wire.close()
    return live.exchange()


@pytest.mark.parametrize("name", FLOODS)
async def test_a_flood_is_left_early_and_others_have_their_turn(name: str) -> None:
    """The clock beside it is late by pieces of work, not by the whole flood."""
    script, end, failure = FLOODS[name]
    async with ByteServer(script) as server:
        leaving = asyncio.create_task(left(server.url))
        began = time.perf_counter()
        late_s = await latest_s(leaving)  # type: ignore[arg-type]
        took_s = time.perf_counter() - began
        seen = await leaving

    assert (seen.end, seen.failure) == (end, failure)
    assert seen.events + seen.comments < 4 * FLOOD_BURST
    # On an idle machine 0.02 s of 0.3 s; a loop that was never given back is late by
    # all of it.
    assert late_s < max(0.5 * took_s, 1.0)


async def test_a_talkative_stream_is_no_flood() -> None:
    """As many events at once as a client asks for when it takes a stream up again."""
    events = b'data: {"jsonrpc":"2.0","method":"x"}\n\n' * (FLOOD_BURST // 4)
    async with ByteServer((SSE, events, "fin")) as server:
        seen = await left(server.url)

    assert seen.end is End.CLOSED
    assert seen.events == FLOOD_BURST // 4


def after_the_handshake(received: Received) -> Script:
    """Answer `initialize`, and flood whatever else is asked."""
    if received.rpc_method == "initialize":
        return (json_answer(MCP_RESULT, "mcp-session-id: s"),)
    if received.rpc_method == "notifications/initialized":
        return (b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n",)
    return (SSE, Flood(TINY))


async def ended(url: str, deadline_s: float = DEADLINE_S) -> Report:
    report = (
        await triage(
            Intake(url=url, hold_s=0),
            environ={},
            deadline_s=deadline_s,
            answer_patience_s=2.0,
            head_patience_s=1.0,
        )
    ).shown
    assert not [e for e in report.evidence if isinstance(e, BugEvidence)]
    json.loads(report.model_dump_json())
    return report


async def test_a_server_that_floods_after_a_sound_handshake_ends_by_itself() -> None:
    async with ByteServer(route=after_the_handshake) as server:
        report = await ended(server.url)

    assert report.verdict.outcome != "healthy"


async def test_a_server_that_keeps_us_busy_is_left_at_the_deadline() -> None:
    """It never says no; what was seen until then is judged, and the report says so."""
    async with ByteServer(route=after_the_handshake) as server:
        began = time.monotonic()
        report = await ended(server.url, deadline_s=1.5)
        took_s = time.monotonic() - began

    assert report.ended_by == "deadline"
    assert report.interrupted
    assert "handshake" in {each.probe for each in report.evidence}
    assert report.verdict.outcome != "healthy"
    # Five seconds for what still runs, and room for a busy machine.
    assert took_s < 30
