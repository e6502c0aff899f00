"""The fault `headers-never-flushed`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import is_http
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["headers_never_flushed"]


@fault
def headers_never_flushed() -> Setup:
    """The response head of the GET is held back until the first event.

    nginx with proxy_buffering on before a server that writes nothing at first, and
    HTTP/2 hops that wait for DATA (go-sdk#937).
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            held: list[Message] = []

            async def hold(message: Message) -> None:
                if message["type"] == "http.response.start" and (
                    message["status"] == 200
                ):
                    held.append(message)
                    return
                while held and message.get("body"):
                    await send(held.pop())
                if not held:
                    await send(message)

            await app(scope, receive, hold if is_http(scope, "GET") else send)

        return wrapped

    return Setup(wrap=wrap)
