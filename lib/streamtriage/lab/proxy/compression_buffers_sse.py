"""The fault `compression-buffers-sse`."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from streamtriage.lab.asgi import (
    header,
    is_http,
    is_stream,
    keep_alive,
)
from streamtriage.lab.scenario import Setup, chain, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["compression_buffers_sse"]


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
