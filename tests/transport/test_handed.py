"""The connection that shows that a server is reached carries the first request."""

from __future__ import annotations

import asyncio
import socket

import pytest

from byte_server import ByteServer, Script, response
from streamtriage.model import Target
from streamtriage.probes import reach
from streamtriage.transport.handed import HandedOver
from streamtriage.transport.requester import Wire

pytestmark = pytest.mark.anyio

OK: Script = (response(200, "OK", b"{}", kind="application/json"),)


async def test_first_request_needs_no_second_connection() -> None:
    async with ByteServer(OK) as server:
        wire = Wire(Target(url=server.url))
        found = await reach.run(wire, patience_s=1.0)
        live = await wire.ask("first", body={"id": 1, "method": "first"})
        await wire.close()

    assert found.addresses[0].connect_s is not None
    assert live.exchange().status == 200
    assert live.exchange().connection == "c1"
    assert server.connections == 1


async def test_each_request_after_it_has_its_own() -> None:
    async with ByteServer(OK) as server:
        wire = Wire(Target(url=server.url))
        await reach.run(wire, patience_s=1.0)
        for _ in range(2):
            await wire.ask("again", body={"id": 1, "method": "again"})
        await wire.close()

    assert server.connections == 2


async def test_one_that_the_server_ended_is_not_used() -> None:
    """A server that closes what is silent has not refused the first request."""
    ours, theirs = socket.socketpair()
    ours.settimeout(0)
    handed = HandedOver()
    handed.give("127.0.0.1", 1, ours)
    theirs.close()

    assert handed.take("127.0.0.1", 1) is None
    assert ours.fileno() == -1


async def test_it_is_for_one_address_and_once() -> None:
    ours, theirs = socket.socketpair()
    ours.settimeout(0)
    handed = HandedOver()
    handed.give("127.0.0.1", 1, ours)

    assert handed.take("127.0.0.2", 1) is None
    assert handed.take("127.0.0.1", 2) is None
    assert handed.take("127.0.0.1", 1) is ours
    assert handed.take("127.0.0.1", 1) is None
    ours.close()
    theirs.close()


async def test_nothing_is_left_open_where_nothing_was_asked() -> None:
    ended = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        ended.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        wire = Wire(Target(url=f"http://127.0.0.1:{port}/mcp"))
        await reach.run(wire, patience_s=1.0)
        await wire.close()
        await asyncio.wait_for(ended.wait(), 10)
