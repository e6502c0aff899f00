"""A TCP relay in front of the server, with the bad habits of real intermediaries."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import re
import socket
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Relay", "RelayRules"]

# Longer than anybody waits for a server to come back.
GONE_S = 25.0
_LENGTH = re.compile(rb"(?i)(content-length: *)(\d+)")
_LINGER_RST = struct.pack("ii", 1, 0)


@dataclass(frozen=True)
class RelayRules:
    """What the relay does wrong.

    `idle_s` closes both sides by FIN after that long without a byte.
    `keep_upstream` leaves the server's side open when the client's side ends, for ever
    or for `keep_s`.
    `drop_ages_s` resets the client's side of each event stream at these ages in turn.
    `gone_after_s` ends everything so long after a first event stream, and refuses
    connections for `GONE_S`. `length_beside_chunks` adds a Content-Length to each head
    that announces chunks. `drops_gets` resets each connection on which a GET comes.
    `adds_to_length` is by how much the Content-Length of each 200 is raised; the
    connection is then closed.
    """

    idle_s: float | None = None
    keep_upstream: bool = False
    keep_s: float | None = None
    drop_ages_s: tuple[float, ...] = ()
    gone_after_s: float | None = None
    length_beside_chunks: bool = False
    drops_gets: bool = False
    adds_to_length: int = 0


class Relay:
    """Passes bytes between clients and one upstream port, by its rules."""

    def __init__(self, rules: RelayRules) -> None:
        self.rules = rules
        self._ages = itertools.cycle(rules.drop_ages_s or (0.0,))
        self._upstreams: Iterator[int] = iter(())
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server | None = None
        self._going: asyncio.TimerHandle | None = None

    async def listen(self, port: int, upstreams: Sequence[int]) -> asyncio.Server:
        """Listen on `port`; each new connection goes to the next upstream in turn."""
        self._upstreams = itertools.cycle(upstreams)
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)
        return self._server

    def close(self) -> None:
        """End every connection that is open, on either side, and listen no more."""
        if self._server is not None:
            self._server.close()
        for writer in self._open:
            writer.transport.abort()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            up_reader, up_writer = await asyncio.open_connection(
                "127.0.0.1", next(self._upstreams)
            )
        except OSError:
            writer.close()
            return
        self._open = {w for w in self._open if not w.is_closing()}
        self._open |= {writer, up_writer}
        await _Link(self, reader, writer, up_reader, up_writer).run()

    def keep(self, writer: asyncio.StreamWriter) -> None:
        """Leave the server's side of a link open, for as long as the rules say."""
        if self.rules.keep_s is not None:
            loop = asyncio.get_running_loop()
            loop.call_later(self.rules.keep_s, writer.close)

    def streamed(self) -> None:
        """Take that an event stream began: some rules count from there."""
        if self.rules.gone_after_s is not None and self._going is None:
            loop = asyncio.get_running_loop()
            self._going = loop.call_later(self.rules.gone_after_s, self._go)

    def _go(self) -> None:
        server = self._server
        if server is None or not server.sockets:
            return
        port = server.sockets[0].getsockname()[1]
        self.close()
        loop = asyncio.get_running_loop()
        loop.call_later(GONE_S, lambda: loop.create_task(self._return(port)))

    async def _return(self, port: int) -> None:
        self._going = None
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port)

    def next_age(self) -> float:
        return next(self._ages)


class _Link:
    """One client connection joined to one upstream connection."""

    def __init__(
        self,
        relay: Relay,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        up_reader: asyncio.StreamReader,
        up_writer: asyncio.StreamWriter,
    ) -> None:
        self._relay = relay
        self._reader, self._writer = reader, writer
        self._up_reader, self._up_writer = up_reader, up_writer
        self._busy = asyncio.Event()
        self._get = False
        self._left: int | None = None

    async def run(self) -> None:
        rules = self._relay.rules
        tasks = [
            asyncio.create_task(self._upwards()),
            asyncio.create_task(self._downwards()),
        ]
        if rules.idle_s is not None:
            tasks.append(asyncio.create_task(self._idle(rules.idle_s)))
        _, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        client_ended = tasks[0].done()
        for task in pending:
            task.cancel()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError, OSError):
                await task
        self._writer.close()
        if rules.keep_upstream and client_ended:
            self._relay.keep(self._up_writer)
        else:
            self._up_writer.close()

    async def _upwards(self) -> None:
        with contextlib.suppress(OSError):
            while data := await self._reader.read(65536):
                self._busy.set()
                self._get = data.startswith(b"GET ")
                if self._get and self._relay.rules.drops_gets:
                    self._drop()
                    return
                self._up_writer.write(data)
                await self._up_writer.drain()

    async def _downwards(self) -> None:
        dropping = False
        with contextlib.suppress(OSError):
            while data := await self._up_reader.read(65536):
                self._busy.set()
                if self._relay.rules.length_beside_chunks:
                    data = _with_length(data)
                if self._relay.rules.adds_to_length and not self._get:
                    data = self._longer(data, self._relay.rules.adds_to_length)
                self._writer.write(data)
                await self._writer.drain()
                if self._left == 0:
                    return
                if self._get and _starts_stream(data):
                    self._relay.streamed()
                if self._relay.rules.drop_ages_s and not dropping:
                    dropping = self._get and _starts_stream(data)
                    if dropping:
                        asyncio.get_running_loop().call_later(
                            self._relay.next_age(), self._drop
                        )

    def _longer(self, data: bytes, by: int) -> bytes:
        """Raise the length that a response announces, and count what is left of it."""
        if self._left is not None:
            self._left = max(self._left - len(data), 0)
            return data
        head, blank, body = data.partition(b"\r\n\r\n")
        said = _LENGTH.search(head)
        if not head.startswith(b"HTTP/1.1 200") or said is None or not int(said[2]):
            return data
        self._left = max(int(said[2]) - len(body), 0)
        return _LENGTH.sub(rb"\g<1>%d" % (int(said[2]) + by), head) + blank + body

    def _drop(self) -> None:
        sock = self._writer.get_extra_info("socket")
        if sock is not None and not self._writer.is_closing():
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RST)
            self._writer.transport.abort()

    async def _idle(self, idle_s: float) -> None:
        while True:
            self._busy.clear()
            try:
                await asyncio.wait_for(self._busy.wait(), idle_s)
            except TimeoutError:
                return


def _with_length(data: bytes) -> bytes:
    head, end, rest = data.partition(b"\r\n\r\n")
    chunked = b"transfer-encoding: chunked" in head.lower()
    if not (data.startswith(b"HTTP/1.1 ") and end and chunked):
        return data
    return head + b"\r\ncontent-length: 193" + end + rest


def _starts_stream(data: bytes) -> bool:
    return b"text/event-stream" in data.partition(b"\r\n\r\n")[0].lower()
