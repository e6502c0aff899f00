"""A server that leaves a request open is asked whether it still answers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from byte_server import HOLD, ByteServer, Received, Script, response
from streamtriage.model import Failure, Target
from streamtriage.transport.requester import Wire

if TYPE_CHECKING:
    from streamtriage.model import Exchange

pytestmark = pytest.mark.anyio

OK: Script = (response(200, "OK", b"ok"),)


class Server:
    """Answers until a request named in `stops_at` has come; then nothing, for ever.

    One named in `hangs_at` is left open, and the others go on.
    """

    def __init__(self, stops_at: str = "", hangs_at: str = "") -> None:
        self.stops_at, self.hangs_at = stops_at, hangs_at
        self.stopped = False

    def __call__(self, request: Received) -> Script:
        name = request.headers.get("x-name", request.rpc_method)
        self.stopped = self.stopped or name == self.stops_at
        return HOLD if self.stopped or name == self.hangs_at else OK


def wire_to(server: ByteServer, alive_patience_s: float = 0.3) -> Wire:
    """Return a way that waits less for a server than it does in earnest."""
    return Wire(
        Target(url=server.url),
        answer_patience_s=0.5,
        head_patience_s=0.5,
        alive_patience_s=alive_patience_s,
    )


async def ask(wire: Wire, name: str, method: str = "POST") -> Exchange:
    live = await wire.ask(name, method=method, extra={"x-name": name})
    return live.exchange()


async def test_nothing_more_is_sent_to_a_server_that_fell_silent() -> None:
    async with ByteServer(route=Server(stops_at="third")) as server:
        wire = wire_to(server)
        seen = [await ask(wire, name) for name in ("first", "second", "third", "more")]
        asked = [each.rpc_method or each.headers["x-name"] for each in server.requests]

    assert [each.status for each in seen] == [200, 200, None, None]
    assert asked == ["first", "second", "third", "ping"]
    assert seen[3].failure is Failure.NOT_SENT
    assert seen[3].failure_detail == "held back: the server had stopped answering"
    assert wire.fell_silent is not None
    assert wire.fell_silent[0] == "third"
    assert wire.fell_silent[1] == pytest.approx(seen[2].sent_at_s, abs=1e-3)


async def test_server_that_leaves_one_request_open_is_asked_on() -> None:
    async with ByteServer(route=Server(hangs_at="second")) as server:
        wire = wire_to(server)
        seen = [await ask(wire, name) for name in ("first", "second", "third")]

    assert [each.status for each in seen] == [200, None, 200]
    assert (wire.fell_silent, wire.braked) == (None, False)
    assert [each.exchange().status for each in wire.asked_again] == [200]


async def test_answer_to_what_was_sent_later_spares_the_question() -> None:
    async with ByteServer(route=Server(hangs_at="second")) as server:
        wire = wire_to(server)
        await ask(wire, "first")
        waiting = await wire.open("second", extra={"x-name": "second"})
        await server.wait_asked(2)
        # Requests that are sent at nearly one moment may change places on the way.
        while wire.now() < waiting.recorder.sent_at_s + 0.1:
            await ask(wire, "at nearly the same moment")
        await ask(wire, "third")
        await waiting.close()

    assert waiting.exchange().failure is Failure.TIMED_OUT
    assert wire.asked_again == ()


async def test_server_that_never_answered_cannot_fall_silent() -> None:
    """What it is asked first is asked all the same: that is what a client would do."""
    async with ByteServer() as server:
        wire = wire_to(server)
        seen = [await ask(wire, name) for name in ("first", "second")]

    assert [each.failure for each in seen] == [Failure.TIMED_OUT, Failure.TIMED_OUT]
    assert wire.asked_again == ()


async def test_slow_server_gets_twice_its_slowest_answer() -> None:
    """Who took 0.4 s is not silent after the 0.3 s that a quick one gets."""

    def route(request: Received) -> Script:
        name = request.headers.get("x-name", "")
        return HOLD if name == "open" else (0.4, *OK)

    async with ByteServer(route=route) as server:
        wire = Wire(Target(url=server.url), answer_patience_s=5.0, alive_patience_s=0.1)
        await ask(wire, "first")
        await wire.ask("open", extra={"x-name": "open"}, patience_s=0.1)
        after = await ask(wire, "after")

    assert after.status == 200
    assert wire.fell_silent is None


async def test_others_wait_until_it_is_known_whether_the_server_answers() -> None:
    async with ByteServer(route=Server(stops_at="second")) as server:
        wire = wire_to(server)
        await ask(wire, "first")
        second = asyncio.create_task(ask(wire, "second"))
        await server.wait_asked(3)
        other = await ask(wire, "other")
        await second

    assert other.failure is Failure.NOT_SENT
    assert len(server.requests) == 3


async def test_first_of_several_left_open_is_named() -> None:
    async with ByteServer(route=Server(stops_at="blocks")) as server:
        wire = wire_to(server)
        await ask(wire, "first")
        blocking = await wire.open("blocks", extra={"x-name": "blocks"})
        await server.wait_asked(2)
        await ask(wire, "later")
        await blocking.close()

    assert wire.fell_silent is not None
    assert wire.fell_silent[0] == "blocks"


@pytest.mark.parametrize("wakes", [True, False], ids=["back", "gone"])
async def test_silent_server_is_asked_once_more_at_the_end(wakes: object) -> None:
    route = Server(stops_at="second")
    async with ByteServer(route=route) as server:
        wire = wire_to(server)
        await ask(wire, "first")
        await ask(wire, "second")
        if wakes:
            route.stops_at, route.stopped = "", False
        answers = [await wire.answers_again() for _ in range(3)]
        seen = await ask(wire, "after")

    assert answers == [wakes] * 3
    assert len(wire.asked_again) == 2
    assert (seen.status == 200) is wakes
    assert wire.fell_silent is not None


async def test_bytes_that_are_not_http_are_an_answer() -> None:
    def route(request: Received) -> Script:
        name = request.headers.get("x-name", request.rpc_method)
        garbage: Script = (b"garbage\r\n\r\n", "fin")
        return {"first": OK, "ping": garbage}.get(name, HOLD)

    async with ByteServer(route=route) as server:
        wire = wire_to(server)
        await ask(wire, "first")
        await ask(wire, "second")

    assert wire.fell_silent is None


async def test_a_port_where_nobody_listens_any_more_is_no_silence() -> None:
    """It is refused at once, so it can be asked on: the process has ended."""
    async with ByteServer(route=Server(hangs_at="second")) as server:
        wire = wire_to(server)
        await ask(wire, "first")
        asking = asyncio.create_task(ask(wire, "second"))
        await server.wait_asked(2)
        server.stop_listening()
        await asking
        more = [await ask(wire, name) for name in ("third", "fourth")]

    assert wire.fell_silent is None
    assert not wire.silent
    assert [each.failure for each in more] == [Failure.REFUSED, Failure.REFUSED]
    assert len(wire.asked_again) == 1


async def test_another_server_is_no_part_of_it() -> None:
    async with ByteServer(OK) as server, ByteServer() as other:
        wire = wire_to(server)
        await ask(wire, "first")
        await wire.ask("elsewhere", method="GET", elsewhere=other.url)
        await (wire.elsewhere(other.url)).ask("far", method="GET")

    assert wire.asked_again == ()
    assert not wire.braked
