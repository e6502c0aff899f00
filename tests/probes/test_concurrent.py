"""POST before, while and after a stream is held, and a second session beside it."""

from __future__ import annotations

import asyncio
from typing import Literal

import pytest

from byte_server import (
    HOLD,
    MCP_RESULT,
    SSE_HEAD,
    ByteServer,
    McpBytes,
    Received,
    Script,
    json_answer,
    play,
    read_request,
    response,
)
from streamtriage.model import (
    ConcurrentEvidence,
    End,
    Intake,
    Target,
)
from streamtriage.probes import Visit, concurrent
from streamtriage.transport.requester import Wire

pytestmark = pytest.mark.anyio

TOOLS = {"jsonrpc": "2.0", "id": 1, "result": {"tools": []}}
LAST = b"0\r\n\r\n"
REFUSED = json_answer({"jsonrpc": "2.0", "id": None, "error": {"code": 1}}, status=409)
NO_STREAM = response(405, "Method Not Allowed")


async def visiting(server: ByteServer) -> Visit:
    """Return a visit whose main session was opened, as the handshake does."""
    wire = Wire(Target(url=server.url), answer_patience_s=0.4, alive_patience_s=0.3)
    visit = Visit(wire, Intake(url=server.url), asyncio.Event())
    await visit.session.open()
    return visit


async def asked(server: ByteServer) -> ConcurrentEvidence:
    return await concurrent.run(await visiting(server))


def statuses(found: ConcurrentEvidence) -> list[int | None]:
    seen = (found.before, found.stream, *found.held, found.after)
    return [each.status for each in seen if each is not None]


class Holding(ByteServer):
    """A sound server that knows which sessions hold a stream, and can end one.

    `beside` is the answer to a POST in a session that holds a stream.
    """

    def __init__(self, beside: Script, *, ends: bool = False) -> None:
        self.streams: dict[str, asyncio.Event] = {}
        self.beside, self.ends = beside, ends
        super().__init__(route=McpBytes({"post": self._post}))

    def _post(self, request: Received) -> Script:
        over = self.streams.get(request.headers["mcp-session-id"])
        if over is None:
            return (json_answer(TOOLS),)
        if self.ends:
            over.set()
        return self.beside

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Literal["fin", "rst", "ours"]:
        request = await read_request(reader)
        if request is None:
            return "fin"
        self.requests.append(request)
        if request.method == "GET":
            return await self._hold(request, reader, writer)
        assert self.route is not None
        for step in self.route(request):
            await play(step, writer)
        await reader.read()
        return "fin"

    async def _hold(
        self,
        request: Received,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> Literal["fin", "ours"]:
        session, over = request.headers["mcp-session-id"], asyncio.Event()
        self.streams[session] = over
        writer.write(SSE_HEAD)
        waits = [asyncio.create_task(reader.read()), asyncio.create_task(over.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            del self.streams[session]
            for wait in waits:
                wait.cancel()
        if over.is_set():
            writer.write(LAST)
        return "ours" if over.is_set() else "fin"


async def test_sound_server_answers_everything_in_the_clients_order() -> None:
    async with ByteServer(route=McpBytes()) as server:
        found = await asked(server)
        methods = [each.rpc_method or each.method for each in server.requests]

    assert methods[2:] == [
        *("initialize", "notifications/initialized", "tools/list", "GET"),
        *("tools/list", "tools/list", "initialize", "DELETE"),
        *("tools/list", "DELETE"),
    ]
    assert statuses(found) == [200, 200, 200, 200, 200]
    assert found.stream is not None
    assert found.stream.end is End.WATCHED
    assert found.other_session is not None
    assert found.other_session.accepted
    assert found.other_delete is not None
    assert found.again_stream is None
    assert found.other_alone is None


async def test_stream_is_held_while_the_posts_are_sent() -> None:
    async with ByteServer(route=McpBytes()) as server:
        found = await asked(server)

    assert found.stream is not None
    assert found.after is not None
    ended_s = found.stream.ended_at_s or 0.0
    assert all(found.stream.sent_at_s < each.started_s for each in found.held)
    assert all((each.ended_at_s or ended_s) < ended_s for each in found.held)
    assert found.after.started_s >= ended_s


async def test_silent_head_is_not_waited_for() -> None:
    """A client sends its POSTs whether or not the head of its GET has come."""
    async with ByteServer(route=McpBytes({"get": HOLD})) as server:
        found = await asked(server)

    assert statuses(found) == [200, None, 200, 200, 200]
    assert found.again_stream is None


@pytest.mark.parametrize(
    "refusal", [NO_STREAM, response(406, "Not Acceptable")], ids=["405", "406"]
)
async def test_without_a_stream_only_a_second_session_is_asked_for(
    refusal: bytes,
) -> None:
    async with ByteServer(route=McpBytes({"get": (refusal,)})) as server:
        found = await asked(server)
        gets = [each for each in server.requests if each.method == "GET"]

    assert len(gets) == 1
    assert (found.held, found.after) == ((), None)
    assert found.other_session is not None


@pytest.mark.parametrize(
    ("beside", "statuses_"),
    [
        pytest.param(HOLD, [None, 200, None, 200], id="starved"),
        pytest.param((REFUSED,), [409, 200, 409, 200], id="refused"),
    ],
)
async def test_post_that_fails_beside_the_stream_is_tried_twice(
    beside: Script, statuses_: list[int | None]
) -> None:
    """It fails, works, fails, works: that is no chance."""
    async with Holding(beside) as server:
        found = await asked(server)

    seen = (found.held[0], found.after, found.again_held, found.again_after)
    assert [each.status for each in seen if each is not None] == statuses_
    # Where one is left open, a second one would only wait longer.
    assert len(found.held) == (1 if statuses_[0] is None else 2)


async def test_stream_that_ends_with_a_post_is_held_twice() -> None:
    async with Holding((json_answer(TOOLS),), ends=True) as server:
        found = await asked(server)

    assert found.stream is not None
    assert found.again_stream is not None
    ends = (found.stream.end, found.again_stream.end)
    assert ends == (End.COMPLETE, End.COMPLETE)
    assert found.again_held is not None
    assert found.again_held.worked


async def test_session_refused_beside_this_one_is_asked_for_alone() -> None:
    """A server with room for two: the main session, and this probe's own."""

    def initialize(_request: Received) -> Script:
        if len(route.issued) - len(set(route.deleted)) >= 2:
            return (REFUSED,)
        return (json_answer(MCP_RESULT, f"mcp-session-id: {route.issue()}"),)

    route = McpBytes({"initialize": initialize})
    async with ByteServer(route=route) as server:
        found = await asked(server)

    assert found.other_session is not None
    assert found.other_alone is not None
    assert (found.other_session.status, found.other_alone.status) == (409, 200)


async def test_server_that_takes_one_session_is_asked_in_the_main_one() -> None:
    def initialize(_request: Received) -> Script:
        if len(set(route.issued) - set(route.deleted)) >= 1:
            return (REFUSED,)
        return (json_answer(MCP_RESULT, f"mcp-session-id: {route.issue()}"),)

    route = McpBytes({"initialize": initialize})
    async with ByteServer(route=route) as server:
        visit = await visiting(server)
        first = visit.session.id
        found = await concurrent.run(visit)
        after = await visit.session.post()

    assert found.other_session is not None
    assert found.other_alone is not None
    assert (found.other_session.status, found.other_alone.status) == (409, 200)
    assert statuses(found) == [200, 200, 200, 200, 200]
    # The probes after this one go on in the session that it opened instead.
    assert route.deleted == [first]
    assert visit.session.id != first
    assert after.exchange().status == 200


@pytest.mark.parametrize(
    "refusal",
    [
        response(401, "Unauthorized"),
        json_answer(
            {"jsonrpc": "2.0", "id": 1, "error": {"code": -32022, "message": "no"}},
            status=400,
        ),
    ],
    ids=["credential", "revision"],
)
async def test_session_refused_for_another_reason_ends_nothing(refusal: bytes) -> None:
    def initialize(_request: Received) -> Script:
        if route.issued:
            return (refusal,)
        return (json_answer(MCP_RESULT, f"mcp-session-id: {route.issue()}"),)

    route = McpBytes({"initialize": initialize})
    async with ByteServer(route=route) as server:
        found = await asked(server)

    assert (found.other_alone, route.deleted) == (None, [])


async def test_main_session_that_cannot_be_opened_again_is_not_used() -> None:
    """It takes one session ever: after our own DELETE there is none to ask in."""

    def initialize(_request: Received) -> Script:
        if route.issued:
            return (REFUSED,)
        return (json_answer(MCP_RESULT, f"mcp-session-id: {route.issue()}"),)

    route = McpBytes({"initialize": initialize})
    async with ByteServer(route=route) as server:
        visit = await visiting(server)
        found = await concurrent.run(visit)

    assert found.other_alone is not None
    assert found.other_alone.status == 409
    assert not visit.session.opened


async def test_nothing_is_held_where_a_post_does_not_work() -> None:
    async with ByteServer(route=McpBytes({"post": (REFUSED,)})) as server:
        found = await asked(server)

    assert statuses(found) == [409]
    assert not any(each.method == "GET" for each in server.requests)


async def test_nothing_more_is_sent_after_a_429() -> None:
    async with Holding((response(429, "Too Many Requests"),)) as server:
        found = await asked(server)
        last = server.requests[-1]

    assert [each.status for each in found.held] == [429]
    assert last.rpc_method == "tools/list"
    assert (found.other_session, found.after) == (None, None)


async def test_starved_server_is_not_called_silent() -> None:
    """It answers again as soon as our own stream is closed."""
    async with Holding(HOLD) as server:
        visit = await visiting(server)
        await concurrent.run(visit)

    assert (visit.wire.fell_silent, visit.wire.asked_again) == (None, ())


async def test_server_that_the_stream_stopped_is_left_alone() -> None:
    """Nothing is answered any more once the stream was asked for."""
    sound = McpBytes()

    def route(request: Received) -> Script:
        answer = sound(request)
        return HOLD if "get" in sound.asked else answer

    async with ByteServer(route=route) as server:
        visit = await visiting(server)
        await concurrent.run(visit)
        sent = len(server.requests)
        await visit.wire.ask("more", method="GET")

    assert visit.wire.silent
    assert visit.wire.fell_silent is not None
    assert visit.wire.fell_silent[0] == "GET, held while POSTs are sent (concurrent)"
    assert len(server.requests) == sent
