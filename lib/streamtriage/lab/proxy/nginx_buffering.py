"""The fault `nginx-buffering`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from streamtriage.lab.asgi import (
    is_http,
    keep_alive,
)
from streamtriage.lab.scenario import Setup, chain, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["nginx_buffering"]


@fault
def nginx_buffering(buffer_bytes: int = 180) -> Setup:
    """A proxy passes the head on and keeps events until its buffer is full.

    nginx with proxy_buffering on, HTTP/1.0 to the server and postpone_output 0: 4096 or
    8192 bytes; here 180 bytes, and a comment of sse-starlette's every 0.15 s instead of
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

    dated = keep_alive(0.15, lambda: f"ping - {datetime.now(UTC)}")
    return Setup(wrap=chain(dated, wrap), needs_hold_s=4.0)
