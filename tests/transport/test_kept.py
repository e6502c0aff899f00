"""One connection is kept for the next request, where the server reads another one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import pytest

from byte_server import (
    ByteServer,
    McpBytes,
    Received,
    Script,
    json_answer,
    reset,
    response,
)
from streamtriage.model import Failure, Intake, Target
from streamtriage.transport import kept_connection
from streamtriage.transport.requester import Wire
from streamtriage.triage import triage

if TYPE_CHECKING:
    from streamtriage.model import Exchange

pytestmark = pytest.mark.anyio

OK: Script = (response(200, "OK", b"{}", "x-number: 1", kind="application/json"),)
NO_STREAM: Script = (response(405, "Method Not Allowed"),)


def keeping(server: ByteServer) -> Wire:
    wire = Wire(Target(url=server.url), answer_patience_s=2.0)
    wire.kept.try_it()
    return wire


async def ask(wire: Wire, name: str, **how: Any) -> Exchange:
    return (await wire.ask(name, body={"id": 1, "method": name}, **how)).exchange()


async def asked_twice(wire: Wire) -> tuple[Exchange, Exchange]:
    return await ask(wire, "first"), await ask(wire, "second", trial=True)


async def test_next_request_comes_on_the_same_connection() -> None:
    async with ByteServer(OK) as server:
        wire = keeping(server)
        first, second = await asked_twice(wire)
        third = await ask(wire, "third")
        await wire.close()

    assert [each.connection for each in (first, second, third)] == ["c1"] * 3
    assert [each.reused for each in (first, second, third)] == [False, True, True]
    assert server.connections == 1
    assert wire.kept.state == "works"


async def test_nothing_is_kept_where_nobody_asked_for_it() -> None:
    async with ByteServer(OK) as server:
        wire = Wire(Target(url=server.url))
        await asked_twice(wire)
        await server.wait_ended(2)

    assert server.connections == 2


async def test_untried_connection_is_used_by_the_trial_alone() -> None:
    """Nothing else may hang on a program that reads one request of each."""
    async with ByteServer(OK) as server:
        wire = keeping(server)
        await ask(wire, "first")
        second = await ask(wire, "second")
        await wire.close()

    assert not second.reused
    assert server.connections == 2


class OneOfEach(ByteServer):
    """Reads one request of each connection, and holds it open."""

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Literal["fin", "rst", "ours"]:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"".join(step for step in OK if isinstance(step, bytes)))
        while await reader.read(65536):
            pass
        return "fin"


async def test_program_that_reads_one_request_of_each_is_asked_anew() -> None:
    async with OneOfEach() as server:
        wire = keeping(server)
        wire.answer_patience_s = 5.0
        first, second = await asked_twice(wire)
        third = await ask(wire, "third")
        await wire.close()

    assert [each.status for each in (first, second, third)] == [200] * 3
    assert [each.connection for each in (first, second, third)] == ["c1", "c2", "c3"]
    assert wire.kept.state == "off"
    # What the trial took is no part of the answer's time.
    assert (second.head_wait_s or 9.0) < kept_connection.TRIAL_S


@dataclass
class DiesAgain(ByteServer):
    """Resets a connection that is used again, and any connection from a moment on."""

    dead: bool = False
    lives: int = 2
    seen: list[str] = field(default_factory=list)

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Literal["fin", "rst", "ours"]:
        for turn in range(self.lives + 1):
            head = await reader.readuntil(b"\r\n\r\n")
            size = next(
                int(line.partition(b":")[2])
                for line in head.lower().split(b"\r\n")
                if line.startswith(b"content-length:")
            )
            await reader.readexactly(size)
            self.seen.append("again" if turn else "fresh")
            if self.dead or turn == self.lives:
                writer.transport.abort()
                return "ours"
            writer.write(b"".join(step for step in OK if isinstance(step, bytes)))
        return "fin"


async def test_reused_connection_that_dies_is_asked_once_on_a_fresh_one() -> None:
    async with DiesAgain() as server:
        wire = keeping(server)
        await asked_twice(wire)
        third = await ask(wire, "third")
        await wire.close()

    assert (third.status, third.failure) == (200, None)
    assert (third.connection, third.reused) == ("c2", False)
    assert server.seen == ["fresh", "again", "again", "fresh"]


async def test_server_that_dies_on_a_fresh_one_too_is_not_asked_for_ever() -> None:
    async with DiesAgain() as server:
        wire = keeping(server)
        await asked_twice(wire)
        server.dead = True
        third = await ask(wire, "third")
        await wire.close()

    assert third.failure in (Failure.RESET, Failure.CLOSED)
    assert server.seen == ["fresh", "again", "again", "fresh"]


@dataclass
class ClosesEach(ByteServer):
    """Ends each connection after its answer, without a word; later resets them."""

    dead: bool = False
    asked: int = 0
    slow_s: float = 0.0

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Literal["fin", "rst", "ours"]:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        await asyncio.sleep(self.slow_s)
        if not self.dead:
            writer.write(b"".join(step for step in OK if isinstance(step, bytes)))
            await writer.drain()
            writer.close()
        else:
            reset(writer)
        return "ours"


async def test_slow_answer_on_what_is_opened_for_one_that_ended_is_waited_for() -> None:
    """Only a kept connection is given up after the trial's time."""
    async with ClosesEach() as server:
        wire = keeping(server)
        wire.answer_patience_s = 9.0
        await ask(wire, "first")
        await server.wait_ended(1)
        server.slow_s = kept_connection.TRIAL_S * 1.5
        second = await ask(wire, "second", trial=True)
        await wire.close()

    assert (second.status, second.reused) == (200, False)
    assert server.asked == 2
    assert wire.kept.state == "untried"


async def test_what_is_opened_for_one_that_ended_is_asked_once() -> None:
    """A connection that ended while it waited is no excuse for the next one."""
    async with ClosesEach() as server:
        wire = keeping(server)
        await asked_twice(wire)
        await server.wait_ended(2)
        wire.kept.state = "works"
        before = server.asked
        server.dead = True
        third = await ask(wire, "third")
        await wire.close()

    assert (third.failure, third.reused) == (Failure.RESET, False)
    assert server.asked == before + 1


async def test_only_one_waits() -> None:
    """Two at once have two connections, of which one is closed again."""
    async with ByteServer(OK) as server:
        wire = keeping(server)
        await asked_twice(wire)
        await asyncio.gather(ask(wire, "third"), ask(wire, "fourth"))
        await server.wait_ended(1)
        fifth = await ask(wire, "fifth")
        await wire.close()

    assert server.connections == 2
    assert fifth.reused


async def test_fresh_one_leaves_none_waiting() -> None:
    """Who serves one connection at a time would not come to the next one."""
    async with ByteServer(OK) as server:
        wire = keeping(server)
        await asked_twice(wire)
        fresh = await ask(wire, "third", fresh=True)
        await server.wait_ended(1)
        after = await ask(wire, "fourth")
        await wire.close()

    assert (fresh.connection, fresh.reused) == ("c2", False)
    assert (after.connection, after.reused) == ("c2", True)


async def test_answer_that_says_close_is_not_kept() -> None:
    closing: Script = (response(200, "OK", b"{}", "connection: close"),)
    async with ByteServer(closing) as server:
        wire = keeping(server)
        first, second = await asked_twice(wire)
        await wire.close()

    assert (first.connection, second.connection) == ("c1", "c2")


async def test_each_answer_keeps_its_own_head() -> None:
    number = iter("123")

    def route(_: Received) -> Script:
        return (json_answer({}, f"server: number {next(number)}"),)

    async with ByteServer(route=route) as server:
        wire = keeping(server)
        seen = [*await asked_twice(wire), await ask(wire, "third")]
        await wire.close()

    named = [each.headers["server"] for each in seen]
    assert named == ["number 1", "number 2", "number 3"]


async def test_sound_server_without_a_stream_is_asked_on_few_connections() -> None:
    """On eight, and on two more where this machine is late: then three ask at once."""
    async with ByteServer(route=McpBytes({"get": NO_STREAM})) as server:
        found = await triage(Intake(url=server.url, hold_s=0), environ={})
        report = found.shown

    assert report.verdict.outcome == "healthy"
    assert len(server.requests) > 20
    assert server.connections <= 10
