"""The fault `accepted-with-text`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import is_http
from streamtriage.lab.scenario import Setup, fault
from streamtriage.model import Intake

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


__all__ = ["accepted_with_text"]


@fault
def accepted_with_text() -> Setup:
    """The notification after `initialize` is answered 202 with a text.

    Express with `res.sendStatus(202)`, which writes "Accepted".
    """
    told = "java.lang.RuntimeException: Unknown media type returned: text/plain"
    return Setup(wrap=_with_text, intake=Intake(client="Java SDK", error=told))


def _with_text(app: ASGIApp) -> ASGIApp:
    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        accepted = False

        async def told(message: Message) -> None:
            nonlocal accepted
            if message["type"] == "http.response.start" and message["status"] == 202:
                accepted = True
                headers = [
                    (b"content-type", b"text/plain; charset=utf-8"),
                    (b"content-length", b"8"),
                ]
                message = {**message, "headers": headers}
            elif accepted and message["type"] == "http.response.body":
                message = {**message, "body": b"Accepted", "more_body": False}
            await send(message)

        await app(scope, receive, told if is_http(scope, "POST") else send)

    return wrapped
