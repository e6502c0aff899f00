"""The fault `one-transport-for-all`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, is_http
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["one_transport_for_all"]


_CONFLICT = (
    '{"jsonrpc":"2.0","error":{"code":-32000,"message":"Conflict: Only one SSE stream '
    'is allowed per session"},"id":null}'
)


@fault
def one_transport_for_all() -> Setup:
    """One transport without session ids has one stream for all clients.

    @hono/mcp as its README shows it.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        taken = False

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal taken
            if not is_http(scope, "GET"):
                await app(scope, receive, send)
                return
            if taken:
                await answer(409, _CONFLICT, "application/json")(scope, receive, send)
                return
            taken = True
            try:
                await app(scope, receive, send)
            finally:
                taken = False

        return wrapped

    return Setup(stateless=True, wrap=wrap)
