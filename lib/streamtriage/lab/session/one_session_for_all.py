"""The fault `one-session-for-all`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import header, is_http
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


__all__ = ["one_session_for_all"]


@fault
def one_session_for_all() -> Setup:
    """Every client gets the session of the first one, until somebody ends it.

    A server whose session id is a constant, or made of what all clients have alike.
    """
    return Setup(wrap=_one_id)


def _one_id(app: ASGIApp) -> ASGIApp:
    name, first = b"mcp-session-id", b""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal first
        if is_http(scope, "DELETE"):
            first = b""

        async def shared(message: Message) -> None:
            nonlocal first
            if message["type"] == "http.response.start":
                fields = dict(message["headers"])
                first = first or fields.get(name, b"")
                if name in fields:
                    fields[name] = first
                message = {**message, "headers": list(fields.items())}
            await send(message)

        greets = is_http(scope, "POST") and header(scope, "mcp-session-id") is None
        await app(scope, receive, shared if greets else send)

    return wrapped
