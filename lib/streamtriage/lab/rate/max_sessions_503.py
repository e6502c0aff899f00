"""The fault `max-sessions-503`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from streamtriage.lab.asgi import is_http
from streamtriage.lab.scenario import Setup, fault
from streamtriage.on_first_use import Later

if TYPE_CHECKING:
    import httpx
    from starlette.types import ASGIApp, Receive, Scope, Send
else:
    # Whoever only lists the faults needs no server.
    httpx = Later("httpx")

__all__ = ["max_sessions_503"]


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
