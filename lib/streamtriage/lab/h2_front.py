"""A front that speaks HTTP/2 to clients over TLS, and HTTP/1.1 to the server.

A client that does not offer HTTP/2 is passed on as it is, without the front's faults.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from streamtriage.on_first_use import Later

if TYPE_CHECKING:
    import httpx
    from h2 import config, connection, events, exceptions
    from h2.connection import H2Connection
    from h2.errors import ErrorCodes
else:
    # Whoever only lists the faults needs no server.
    httpx = Later("httpx")
    config, connection = Later("h2.config"), Later("h2.connection")
    events, exceptions = Later("h2.events"), Later("h2.exceptions")
    ErrorCodes = Later("h2.errors", "ErrorCodes")

__all__ = ["Front", "FrontRules"]

_HOP_BY_HOP = ("connection", "keep-alive", "transfer-encoding", "upgrade", "host")


@dataclass(frozen=True)
class FrontRules:
    """What the front does wrong.

    `max_age_s` ends each event stream that answers a GET at this age, by `ends_by`.
    `keeps_connection` passes on a header field that HTTP/2 forbids, on those streams.
    Without `speaks_h2` it offers HTTP/1.1 alone, and does nothing but TLS.
    """

    max_age_s: float | None = None
    ends_by: Literal["rst-stream", "goaway"] = "rst-stream"
    keeps_connection: bool = False
    speaks_h2: bool = True


class Front:
    """Passes requests to one upstream port, by its rules."""

    def __init__(self, rules: FrontRules) -> None:
        self.rules = rules
        self.upstream, self.upstream_port = "", 0
        self._talks: set[asyncio.Task[None]] = set()

    async def listen(
        self, port: int, upstream_port: int, certificate: str
    ) -> asyncio.Server:
        self.upstream = f"http://127.0.0.1:{upstream_port}"
        self.upstream_port = upstream_port
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        offered = ["h2"] if self.rules.speaks_h2 else []
        context.set_alpn_protocols([*offered, "http/1.1"])
        return await asyncio.start_server(self._serve, "127.0.0.1", port, ssl=context)

    def close(self) -> None:
        for talk in self._talks:
            talk.cancel()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        talk = asyncio.current_task()
        if talk is not None:
            self._talks.add(talk)
        try:
            if writer.get_extra_info("ssl_object").selected_alpn_protocol() != "h2":
                await self._pass_on(reader, writer)
                return
            # No certificates are loaded for plain HTTP: that takes longer than to ask.
            async with httpx.AsyncClient(
                timeout=None,
                verify=False,
                trust_env=False,
            ) as upstream:
                await _Talk(self, writer, upstream).run(reader)
        except (OSError, exceptions.ProtocolError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort()
            if talk is not None:
                self._talks.discard(talk)

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Pass HTTP/1.1 on unread, until either side ends it."""
        up_reader, up_writer = await asyncio.open_connection(
            "127.0.0.1", self.upstream_port
        )
        ways = [
            asyncio.create_task(_copy(reader, up_writer)),
            asyncio.create_task(_copy(up_reader, writer)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            up_writer.transport.abort()
            writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


class _Talk:
    """One HTTP/2 connection with a client."""

    def __init__(
        self, front: Front, writer: asyncio.StreamWriter, upstream: httpx.AsyncClient
    ) -> None:
        self._front, self._writer, self._upstream = front, writer, upstream
        # Unchecked, because a front that forwards a forbidden field is one of ours.
        self._h2: H2Connection = connection.H2Connection(
            config.H2Configuration(
                client_side=False,
                header_encoding="utf-8",
                validate_outbound_headers=False,
                normalize_outbound_headers=False,
            )
        )
        self._asked: dict[int, tuple[dict[str, str], bytearray]] = {}
        self._answers: dict[int, asyncio.Task[None]] = {}

    async def run(self, reader: asyncio.StreamReader) -> None:
        self._h2.initiate_connection()
        await self._flush()
        try:
            while data := await reader.read(65536):
                for event in self._h2.receive_data(data):
                    self._take(event)
                await self._flush()
        finally:
            for answer in self._answers.values():
                answer.cancel()
            await asyncio.gather(*self._answers.values(), return_exceptions=True)

    def _take(self, event: events.Event) -> None:
        if isinstance(event, events.RequestReceived):
            headers = {str(n): str(v) for n, v in event.headers}
            self._asked[event.stream_id] = headers, bytearray()
        elif isinstance(event, events.DataReceived):
            self._asked[event.stream_id][1].extend(event.data)
            self._h2.acknowledge_received_data(len(event.data), event.stream_id)
        elif isinstance(event, events.StreamEnded):
            answer = asyncio.create_task(self._answer(event.stream_id))
            self._answers[event.stream_id] = answer
        elif isinstance(event, events.StreamReset):
            answering = self._answers.pop(event.stream_id, None)
            if answering is not None:
                answering.cancel()

    async def _answer(self, stream: int) -> None:
        asked, body = self._asked.pop(stream)
        method, path = asked[":method"], asked[":path"]
        headers = {
            n: v for n, v in asked.items() if n[0] != ":" and n not in _HOP_BY_HOP
        }
        with contextlib.suppress(exceptions.ProtocolError, OSError):
            try:
                await self._ask(stream, method, path, headers, bytes(body))
            except httpx.HTTPError:
                # What is behind broke off, so the stream must not look whole.
                self._h2.reset_stream(stream, ErrorCodes.INTERNAL_ERROR)
                await self._flush()

    async def _ask(
        self,
        stream: int,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
    ) -> None:
        url = self._front.upstream + path
        async with self._upstream.stream(
            method, url, headers=headers, content=body
        ) as reply:
            kind = reply.headers.get("content-type", "")
            is_long = method == "GET" and kind.startswith("text/event-stream")
            self._h2.send_headers(stream, self._head(reply, is_long=is_long))
            await self._flush()
            with contextlib.suppress(TimeoutError):
                age_s = self._front.rules.max_age_s if is_long else None
                await asyncio.wait_for(self._pass_on(stream, reply), age_s)
                return
            await self._end(stream)

    def _head(self, reply: httpx.Response, *, is_long: bool) -> list[tuple[str, str]]:
        head = [(":status", str(reply.status_code))]
        head += [(n, v) for n, v in reply.headers.items() if n not in _HOP_BY_HOP]
        if is_long and self._front.rules.keeps_connection:
            head.append(("connection", "keep-alive"))
        return head

    async def _pass_on(self, stream: int, reply: httpx.Response) -> None:
        async for piece in reply.aiter_raw():
            self._h2.send_data(stream, piece)
            await self._flush()
        self._h2.end_stream(stream)
        await self._flush()

    async def _end(self, stream: int) -> None:
        """End one stream, or all of them, because of age."""
        if self._front.rules.ends_by == "rst-stream":
            self._h2.reset_stream(stream, ErrorCodes.CANCEL)
            await self._flush()
            return
        self._h2.close_connection(ErrorCodes.NO_ERROR)
        await self._flush()
        self._writer.close()

    async def _flush(self) -> None:
        self._writer.write(self._h2.data_to_send())
        await self._writer.drain()
