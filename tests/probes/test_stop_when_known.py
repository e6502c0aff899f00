"""What is known for good is not asked for again."""

from __future__ import annotations

import pytest

from byte_server import ByteServer, McpBytes, response
from streamtriage.model import (
    HoldEvidence,
    Intake,
    OpenEvidence,
    ReplicasEvidence,
    Report,
)
from streamtriage.probes.context import AT_ONCE_S
from streamtriage.triage import triage

pytestmark = pytest.mark.anyio

OF_STREAMS = {"reopen", "control", "hold", "lifetime", "delay"}


async def asked(status: int, reason: str, hold_s: float = 0) -> Report:
    mcp = McpBytes({"get": (response(status, reason),)})
    async with ByteServer(route=mcp) as server:
        return (await triage(Intake(url=server.url, hold_s=hold_s), environ={})).shown


async def test_405_is_for_good() -> None:
    """No stream is offered: none is watched, held for comparison or opened again."""
    report = await asked(405, "Method Not Allowed")

    assert report.verdict.outcome == "healthy"
    assert OF_STREAMS.isdisjoint({each.probe for each in report.evidence})


async def test_404_may_be_for_a_moment() -> None:
    """A route that is just being made is answered 404, so that is asked for again."""
    report = await asked(404, "Not Found")

    assert {each.probe for each in report.evidence} | {"lifetime"} >= OF_STREAMS


@pytest.mark.parametrize("status", [404, 405])
async def test_no_stream_takes_eight_connections(status: int) -> None:
    """One for all that is asked, and seven to look for other replicas."""
    mcp = McpBytes({"get": (response(status, "None here"),)})
    async with ByteServer(route=mcp) as server:
        report = (await triage(Intake(url=server.url, hold_s=0), environ={})).shown
    asked = [each for probe in report.evidence for each in probe.exchanges]
    replicas = next(e for e in report.evidence if isinstance(e, ReplicasEvidence))

    assert len({each.connection for each in replicas.without_cookies}) == 7
    # Busy as this machine may be, a connection more is for what came late to us.
    if all((each.head_wait_s or 0) < AT_ONCE_S for each in asked):
        assert server.connections == 8


async def test_nothing_is_held_where_nothing_can_be() -> None:
    """A session is not left alone where it would be the one wait."""
    report = await asked(404, "Not Found")
    found = {each.probe: each for each in report.evidence}
    held = found["hold"]

    assert "session" not in found
    assert isinstance(held, HoldEvidence)
    assert [watch.stream.status for watch in held.watches] == [404, 404]


async def test_wait_that_was_asked_for_is_made() -> None:
    """Without a stream a session may still be forgotten."""
    report = await asked(405, "Method Not Allowed", hold_s=1)

    assert "session" in {each.probe for each in report.evidence}


@pytest.mark.parametrize("status", [404, 405])
async def test_wait_of_a_callers_own_is_not_made_without_a_stream(status: int) -> None:
    """Nobody asked for it, so a session that is left alone is no reason to wait."""
    mcp = McpBytes({"get": (response(status, "None here"),)})
    async with ByteServer(route=mcp) as server:
        intake = Intake(url=server.url, hold_s=600)
        report = (await triage(intake, environ={}, own_hold=True)).shown

    assert report.complete
    assert report.took_s < 600
    assert "session" not in {each.probe for each in report.evidence}


async def test_slow_server_without_a_stream_is_asked_side_by_side() -> None:
    """Replicas are looked for while the refusals of the main session are told apart."""
    mcp = McpBytes({"get": (response(405, "Method Not Allowed"),)})
    async with ByteServer(route=lambda each: (2 * AT_ONCE_S, *mcp(each))) as server:
        report = (await triage(Intake(url=server.url, hold_s=0), environ={})).shown
    found = {each.probe: each for each in report.evidence}
    opened, replicas = found["open"], found["replicas"]

    assert report.verdict.outcome == "healthy"
    assert isinstance(opened, OpenEvidence)
    assert isinstance(replicas, ReplicasEvidence)
    assert opened.ended_post is not None
    begun_s = min(each.at_s for each in replicas.timeline)
    assert begun_s < opened.ended_post.sent_at_s
