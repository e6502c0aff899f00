"""The fault `resume-failed-200-empty`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import header, is_http
from streamtriage.lab.scenario import Setup, fault
from streamtriage.on_first_use import Later

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

else:
    # Whoever only lists the faults needs no server.
    Response = Later("starlette.responses", "Response")

__all__ = ["resume_failed_200_empty"]


@fault
def resume_failed_200_empty() -> Setup:
    """A resumed stream is opened and ended at once.

    rmcp: its stream begins with the id 0, and a resume that fails is 200 and empty.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if not is_http(scope, "GET"):
                await app(scope, receive, send)
                return
            if header(scope, "last-event-id") is not None:
                empty = Response(b"", 200, media_type="text/event-stream")
                await empty(scope, receive, send)
                return

            async def primed(message: Message) -> None:
                await send(message)
                if message.get("status") == 200:
                    first = b"id: 0\nretry: 3000\ndata:\n\n"
                    body = {"type": "http.response.body", "body": first}
                    await send({**body, "more_body": True})

            await app(scope, receive, primed)

        return wrapped

    return Setup(wrap=wrap)
