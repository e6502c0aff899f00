"""The fault `session-needs-cookie`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, header, is_http
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


__all__ = ["session_needs_cookie"]


@fault
def session_needs_cookie() -> Setup:
    """A session is refused where the cookie that came with it does not come along.

    A server behind a framework that keeps sessions of its own, or cookie affinity.
    """
    return Setup(wrap=_wants_cookie)


def _wants_cookie(app: ASGIApp) -> ASGIApp:
    refuse = answer(400, '{"error":"No cookie"}', "application/json")

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        session = header(scope, "mcp-session-id") if is_http(scope) else None
        if session is not None and "login=1" not in (header(scope, "cookie") or ""):
            await refuse(scope, receive, send)
            return

        async def given(message: Message) -> None:
            if message["type"] == "http.response.start" and session is None:
                cookie = (b"set-cookie", b"login=1; Path=/; HttpOnly")
                message = {**message, "headers": [*message["headers"], cookie]}
            await send(message)

        await app(scope, receive, given)

    return wrapped
