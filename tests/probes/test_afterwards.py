"""The last look of a run, and what is made of an outage."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from byte_server import (
    HOLD,
    ByteServer,
    McpBytes,
    Received,
    Script,
    json_answer,
    response,
)
from streamtriage.model import (
    Asked,
    End,
    Exchange,
    Failure,
    HandshakeEvidence,
    Intake,
    OpenEvidence,
    Role,
    Target,
)
from streamtriage.probes import Visit, afterwards, handshake, silence
from streamtriage.transport.requester import Wire

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.anyio

AWAY = response(503, "Service Unavailable")


async def visiting(server: ByteServer) -> Visit:
    """Return a visit that was greeted as every run begins."""
    wire = Wire(Target(url=server.url), answer_patience_s=0.4, alive_patience_s=0.3)
    visit = Visit(wire, Intake(url=server.url), asyncio.Event())
    visit.seen["handshake"] = await handshake.run(wire, visit.session, modern=False)
    return visit


class Flips(McpBytes):
    """A sound server that answers what it is told to, from a moment on."""

    def __init__(self) -> None:
        super().__init__()
        self.instead: dict[str, list[Script]] = {}

    def __call__(self, request: Received) -> Script:
        sound = super().__call__(request)
        left = self.instead.get(self.asked[-1], [])
        return left.pop(0) if left else sound


async def test_last_look_is_one_post_in_a_fresh_session() -> None:
    async with ByteServer(route=McpBytes()) as server:
        visit = await visiting(server)
        before = len(server.requests)
        found = await afterwards.run(visit)
        methods = [each.rpc_method or each.method for each in server.requests[before:]]

    assert methods == [
        *("initialize", "notifications/initialized", "tools/list", "DELETE")
    ]
    assert found.post is not None
    assert found.post.worked
    assert (found.get, found.waited_for, found.waited_s) == (None, (), 0.0)


async def test_stream_is_asked_for_where_something_had_failed() -> None:
    failed = Exchange(label="GET", method="GET", started_s=0.5, status=502)
    async with ByteServer(route=McpBytes()) as server:
        visit = await visiting(server)
        visit.seen["open"] = OpenEvidence(live=failed)
        found = await afterwards.run(visit)

    assert found.get is not None
    assert found.get.is_event_stream


async def test_return_of_a_server_is_waited_for() -> None:
    route = Flips()
    async with ByteServer(route=route) as server:
        visit = await visiting(server)
        route.instead = {"initialize": [(AWAY,), (AWAY,)]}
        found = await afterwards.run(visit, moments_s=(0.1, 0.2, 0.3))

    assert [each.status for each in found.waited_for] == [503, 503]
    assert found.initialize is not None
    assert found.initialize.status == 200
    assert found.waited_s >= 0.2
    assert found.post is not None
    assert found.get is not None


async def test_server_that_stays_away_is_left_alone() -> None:
    route = Flips()
    async with ByteServer(route=route) as server:
        visit = await visiting(server)
        route.instead = {"initialize": [(AWAY,)] * 9}
        found = await afterwards.run(visit, moments_s=(0.05, 1.0))
        asked = route.asked.count("initialize")

    assert 1 + 1 < asked <= 1 + 3
    assert found.initialize is not None
    assert found.initialize.status == 503
    assert (found.post, found.get) == (None, None)


async def test_post_that_no_longer_works_is_seen() -> None:
    route = Flips()
    async with ByteServer(route=route) as server:
        visit = await visiting(server)
        route.instead = {"post": [(AWAY,)]}
        found = await afterwards.run(visit)

    assert found.post is not None
    assert found.post.status == 503
    assert found.get is not None


async def test_nothing_is_asked_after_a_429() -> None:
    async with ByteServer(route=McpBytes()) as server:
        visit = await visiting(server)
        visit.wire.braked = True
        before = len(server.requests)
        found = await afterwards.run(visit)

    assert found.skipped
    assert len(server.requests) == before


@pytest.mark.parametrize("back", [True, False], ids=["back", "gone"])
async def test_silent_server_is_looked_at_only_if_it_answers_again(
    back: object,
) -> None:
    route = Flips()
    async with ByteServer(route=route) as server:
        visit = await visiting(server)
        route.instead = {"post": [HOLD] * (2 if back else 9)}
        await visit.session.post()
        found = await afterwards.run(visit)
        seen = await silence.run(visit)

    assert (found.post is not None and found.post.worked) is back
    assert seen.fell_silent_after == "POST tools/list (main)"
    assert seen.fell_silent_s is not None
    assert len(seen.asked_again) == 2
    assert seen.asked_again[1].answered is back


async def test_server_of_the_new_revision_is_asked_its_own_way() -> None:
    tools = json_answer({"jsonrpc": "2.0", "id": 1, "result": {"tools": []}})
    async with ByteServer((tools,)) as server:
        wire = Wire(Target(url=server.url))
        visit = Visit(wire, Intake(url=server.url), asyncio.Event())
        visit.seen["handshake"] = HandshakeEvidence(modern_only=True)
        found = await afterwards.run(visit)

    assert found.post is not None
    assert found.post.worked
    assert server.requests[0].headers["mcp-protocol-version"] == "2026-07-28"


# --- what counts as an outage ---------------------------------------------------------


def request(role: Role, at_s: float, **facts: object) -> Asked:
    given: Mapping[str, object] = {"status": 200, **facts}
    method = "GET" if "get" in role else "POST"
    seen = Exchange(label="r", method=method, started_s=at_s, **given)  # type: ignore[arg-type]
    return Asked("open", "field", role, seen)


WORKED = request(Role.INITIALIZE, 0.0)


@pytest.mark.parametrize(
    "failed",
    [
        request(Role.GET, 1.0, status=502),
        request(Role.POST, 1.0, status=None, failure=Failure.TIMED_OUT),
        request(Role.HOLD_GET, 1.0, end=End.RESET),
        request(Role.POST, 1.0, replied=False),
    ],
    ids=["refused", "left open", "cut", "no response in it"],
)
def test_failure_after_something_worked_is_an_outage(failed: Asked) -> None:
    assert afterwards.failed_after_working((WORKED, failed))
    assert not afterwards.failed_after_working((failed, WORKED))


@pytest.mark.parametrize(
    "sound",
    [
        request(Role.GET, 1.0, status=405),
        request(Role.MADE_UP_SESSION, 1.0, status=404),
        request(Role.HOLD_GET, 1.0, end=End.COMPLETE),
        request(Role.POST, 1.0, status=None, failure=Failure.NOT_SENT),
    ],
    ids=["no stream", "comparison", "polite end", "held back by us"],
)
def test_answer_of_a_sound_server_is_none(sound: Asked) -> None:
    assert not afterwards.failed_after_working((WORKED, sound))
