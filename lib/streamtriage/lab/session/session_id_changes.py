"""The fault `session-id-changes`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

from streamtriage.lab.asgi import answer, header, is_http
from streamtriage.lab.scenario import Setup, fault
from streamtriage.lab.sessions import SESSION_NOT_FOUND

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["session_id_changes"]

_NAME = b"mcp-session-id"


@fault
def session_id_changes() -> Setup:
    """A layer gives a new session id with each response, and forgets the one before.

    A web framework's session middleware that rotates its ids, used for MCP's.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        behind: dict[str, bytes] = {}

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            given = header(scope, _NAME.decode()) if is_http(scope) else None
            own = behind.get(given) if given is not None else None
            if given is not None and own is None:
                refusal = answer(404, SESSION_NOT_FOUND, "application/json")
                await refusal(scope, receive, send)
                return

            async def renamed(message: Message) -> None:
                if message["type"] == "http.response.start":
                    plain = [h for h in message["headers"] if h[0].lower() != _NAME]
                    issued = dict(message["headers"]).get(_NAME, own)
                    if issued is not None:
                        made = uuid4().hex
                        behind.pop(given or "", None)
                        behind[made] = issued
                        plain.append((_NAME, made.encode()))
                    message = {**message, "headers": plain}
                await send(message)

            if own is not None:
                rest = [h for h in scope["headers"] if h[0] != _NAME]
                scope = {**scope, "headers": [*rest, (_NAME, own)]}
            await app(scope, receive, renamed)

        return wrapped

    return Setup(wrap=wrap)
