"""The fault `reply-content-type`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import is_http
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


__all__ = ["reply_content_type"]


@fault
def reply_content_type() -> Setup:
    """Each response is right, and sent as text/html.

    Flask, where a view returns the text of a JSON document.
    """
    return Setup(wrap=_as_html, options={"json_response": True})


def _as_html(app: ASGIApp) -> ASGIApp:
    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        async def typed(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 200:
                fields = [
                    (name, b"text/html; charset=utf-8")
                    if name.lower() == b"content-type"
                    else (name, value)
                    for name, value in message["headers"]
                ]
                message = {**message, "headers": fields}
            await send(message)

        await app(scope, receive, typed if is_http(scope, "POST") else send)

    return wrapped
