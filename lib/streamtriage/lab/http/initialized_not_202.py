"""The fault `initialized-not-202`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import is_http
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["initialized_not_202"]


@fault
def initialized_not_202() -> Setup:
    """The notification after `initialize` is answered 200 instead of 202.

    Servers that answer every POST through one JSON handler.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            async def as_200(message: Message) -> None:
                if message["type"] == "http.response.start" and (
                    message["status"] == 202
                ):
                    message = {**message, "status": 200}
                await send(message)

            await app(scope, receive, as_200 if is_http(scope, "POST") else send)

        return wrapped

    return Setup(wrap=wrap)
