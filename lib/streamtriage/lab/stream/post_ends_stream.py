"""The fault `post-ends-stream`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from streamtriage.lab.asgi import header, is_http, is_stream
from streamtriage.lab.connection_ends import run_until
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["post_ends_stream"]


@fault
def post_ends_stream() -> Setup:
    """Each POST ends the stream of its session.

    A server that makes a transport for each POST and closes the one before.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        streams: dict[str | None, asyncio.Event] = {}

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            session = header(scope, "mcp-session-id") if is_http(scope) else None
            if is_http(scope, "POST") and session in streams:
                streams.pop(session).set()
            if not (is_http(scope, "GET") and session is not None):
                await app(scope, receive, send)
                return
            over = asyncio.Event()

            async def started(message: Message) -> None:
                await send(message)
                if message["type"] == "http.response.start" and is_stream(message):
                    streams[session] = over

            await run_until(app, scope, receive, started, over, clean=True)

        return wrapped

    return Setup(wrap=wrap)
