"""The fault `one-session-only`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, header, is_http
from streamtriage.lab.connection_ends import QUIET_S
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["one_session_only"]


_CONNECTED = (
    '{"jsonrpc":"2.0","error":{"code":-32603,"message":"Already connected to a '
    'transport. Call close() before connecting to a new transport."},"id":null}'
)


@fault
def one_session_only() -> Setup:
    """The server takes a second session only when the first one has ended.

    One McpServer object for all sessions (TypeScript SDK 1.26 and its like).
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        alive: set[str] = set()
        asked = time.monotonic()

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal asked
            if not is_http(scope):
                await app(scope, receive, send)
                return
            now = time.monotonic()
            if now - asked > QUIET_S:
                alive.clear()
            asked = now
            session = header(scope, "mcp-session-id")
            if is_http(scope, "POST") and session is None and alive:
                refusal = answer(500, _CONNECTED, "application/json")
                await refusal(scope, receive, send)
                return

            async def learn(message: Message) -> None:
                # The SDK names a session in some of its refusals, too.
                if message["type"] == "http.response.start" and (
                    message["status"] == 200
                ):
                    alive.update(
                        value.decode()
                        for name, value in message["headers"]
                        if name.lower() == b"mcp-session-id" and session is None
                    )
                await send(message)

            await app(scope, receive, learn)
            if is_http(scope, "DELETE") and session is not None:
                alive.discard(session)

        return wrapped

    return Setup(wrap=wrap)
