"""Faults in how the server process is put together, and how much it takes on."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING, cast

from streamtriage.lab.asgi import answer, is_http
from streamtriage.lab.scenario import Setup, fault
from streamtriage.on_first_use import Later

if TYPE_CHECKING:
    import httpx
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send
else:
    # Whoever only lists the faults needs no server.
    httpx = Later("httpx")
    Starlette = Later("starlette.applications", "Starlette")

__all__ = [
    "asgi_lifespan_missing_500",
    "max_sessions_503",
    "stateless_transport_reused_500",
]

_INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "somebody-else", "version": "1"},
    },
}


@fault
def stateless_transport_reused_500() -> Setup:
    """One transport without sessions serves everybody, and refuses to be used twice.

    The TypeScript SDK from 1.26.0 on: the first request of the process is answered,
    every other one is 500 with an empty text/plain body. After 5 s of quiet the server
    is as if started anew.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        last = -60.0

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal last
            if not is_http(scope):
                await app(scope, receive, send)
                return
            first = time.monotonic() - last > 5.0
            last = time.monotonic()
            await (app if first else answer(500))(scope, receive, send)

        return wrapped

    return Setup(wrap=wrap, stateless=True)


@fault
def asgi_lifespan_missing_500() -> Setup:
    """The MCP app is mounted, and its lifespan never run.

    The Python SDK inside another app, whose error handler shows what was raised.
    """

    async def show(_request: Request, error: Exception) -> Response:
        body = json.dumps({"detail": str(error)})
        return answer(500, body, "application/json")

    def wrap(app: ASGIApp) -> ASGIApp:
        routes = cast("Starlette", app).routes
        return Starlette(routes=routes, exception_handlers={RuntimeError: show})

    return Setup(wrap=wrap, starts=False)


@fault
def max_sessions_503() -> Setup:
    """Somebody else has all the sessions that the server allows.

    `max_sessions` of the Python SDK, 10 000 by default, here 1.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        lock, full = asyncio.Lock(), False

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal full
            async with lock:
                if is_http(scope) and not full:
                    await _occupy(app)
                    full = True
            await app(scope, receive, send)

        return wrapped

    return Setup(wrap=wrap, options={"max_sessions": 1})


async def _occupy(app: ASGIApp) -> None:
    """Open a session and leave it open."""
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport) as client:
        await client.post(
            "http://127.0.0.1:1/mcp",
            json=_INITIALIZE,
            headers={"accept": "application/json, text/event-stream"},
        )
