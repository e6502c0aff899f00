"""The fault `session-id-not-exposed`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


__all__ = ["session_id_not_exposed"]


@fault
def session_id_not_exposed() -> Setup:
    """A hop takes the session id off every response.

    A gateway with an allow-list of response headers.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            async def stripped(message: Message) -> None:
                if message["type"] == "http.response.start":
                    kept = [
                        (name, value)
                        for name, value in message["headers"]
                        if name.lower() != b"mcp-session-id"
                    ]
                    message = {**message, "headers": kept}
                await send(message)

            await app(scope, receive, stripped)

        return wrapped

    return Setup(wrap=wrap)
