"""What is known for good is not asked for again."""

from __future__ import annotations

import pytest

from byte_server import ByteServer, McpBytes, response
from streamtriage.model import Intake, Report
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


async def test_wait_that_was_asked_for_is_made() -> None:
    """Without a stream a session may still be forgotten."""
    report = await asked(405, "Method Not Allowed", hold_s=1)

    assert "session" in {each.probe for each in report.evidence}
