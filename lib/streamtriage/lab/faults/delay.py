"""Faults in bytes that come late, from elsewhere, or are not what a client can take."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from streamtriage.lab.asgi import (
    answer,
    header,
    is_http,
    is_stream,
    keep_alive,
    on_get,
    on_open,
)
from streamtriage.lab.front import Front, FrontRules
from streamtriage.lab.scenario import Setup, chain, fault
from streamtriage.model import Intake

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = [
    "bad_sse_bytes",
    "cdn_caches_stream",
    "compression_buffers_sse",
    "connection_header_on_h2",
    "nginx_buffering",
    "oversize_sse_frame",
]

_RECORDING = (
    "event: message\r\n"
    'data: {"jsonrpc":"2.0","method":"notifications/tools/list_changed"}\r\n\r\n'
)


@fault
def compression_buffers_sse() -> Setup:
    """A hop compresses the stream and never flushes the coder.

    n8n behind compression, Coolify's gzip label: Express `compression` without flush.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            coded = "gzip" in (header(scope, "accept-encoding") or "")
            coder = zlib.compressobj(wbits=31)
            coding = False

            async def compressed(message: Message) -> None:
                nonlocal coding
                if message["type"] == "http.response.start":
                    coding = is_stream(message)
                    encoding = [(b"content-encoding", b"gzip")] if coding else []
                    headers = [*message["headers"], *encoding]
                    message = {**message, "headers": headers}
                elif coding and message.get("body"):
                    message = {**message, "body": coder.compress(message["body"])}
                await send(message)

            here = coded and is_http(scope, "GET")
            await app(scope, receive, compressed if here else send)

        return wrapped

    return Setup(wrap=chain(keep_alive(0.5), wrap))


@fault
def nginx_buffering(buffer_bytes: int = 440) -> Setup:
    """A proxy passes the head on and keeps events until its buffer is full.

    nginx with proxy_buffering on, HTTP/1.0 to the server and postpone_output 0: 4096 or
    8192 bytes; here 440 bytes, and a comment of sse-starlette's every 0.25 s instead of
    every 15 s.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            held = bytearray()

            async def buffered(message: Message) -> None:
                if message["type"] == "http.response.body" and message.get("more_body"):
                    held.extend(message.get("body", b""))
                    if len(held) < buffer_bytes:
                        return
                    message = {**message, "body": bytes(held)}
                    held.clear()
                await send(message)

            await app(scope, receive, buffered if is_http(scope, "GET") else send)

        return wrapped

    dated = keep_alive(0.25, lambda: f"ping - {datetime.now(UTC)}")
    return Setup(wrap=chain(dated, wrap), needs_hold_s=4.0)


@fault
def cdn_caches_stream() -> Setup:
    """A cache answers the GET with the recording of an older stream.

    Bunny, for a stream without Cache-Control, keeps it for a month.
    """

    def recorded() -> Response:
        return answer(200, _RECORDING, "text/event-stream", Age="57", X_Cache="HIT")

    return Setup(wrap=on_get(recorded))


@fault
def bad_sse_bytes() -> Setup:
    """A line that is not JSON-RPC is written on the stream as if it were a message.

    A framework's `undefined`, or a log line of the server's own.
    """
    return Setup(wrap=chain(keep_alive(0.5), on_open(b"data: undefined\r\n\r\n")))


@fault
def oversize_sse_frame(size: int = 17_000_000) -> Setup:
    """One message on the stream is larger than the client takes.

    Claude Code ends a stream at the first frame above 16 MB.
    """
    blob = b"a" * size
    frame = (
        b'data: {"jsonrpc":"2.0","method":"notifications/message","params":{"data":"'
        + blob
        + b'"}}\r\n\r\n'
    )
    return Setup(
        wrap=chain(keep_alive(0.5), on_open(frame)),
        intake=Intake(client="Claude Code"),
    )


@fault
def connection_header_on_h2() -> Setup:
    """The GET's response carries `Connection: keep-alive` over HTTP/2.

    Servers that speak HTTP/2 themselves and set the field by hand (nestjs#17597).
    """
    return Setup(
        wrap=keep_alive(0.5),
        front=Front(FrontRules(keeps_connection=True)),
        certificate="valid",
    )
