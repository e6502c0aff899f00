"""Streams of the lab whose events carry ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import header, is_http
from streamtriage.on_first_use import Later

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from streamtriage.lab.scenario import Wrap
else:
    # Whoever only lists the faults needs no server.
    Response = Later("starlette.responses", "Response")

__all__ = ["with_event_ids"]


def with_event_ids(on_resume: Callable[[], Response] | None) -> Wrap:
    """Give every event an id; answer a GET that sends one back with `on_resume`."""

    def wrap(app: ASGIApp) -> ASGIApp:
        count = 0

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            async def numbered(message: Message) -> None:
                nonlocal count
                body: bytes = message.get("body", b"")
                if b"data:" in body and body.startswith(b"event:"):
                    count += 1
                    message = {**message, "body": b"id: %d\r\n%s" % (count, body)}
                await send(message)

            resumes = is_http(scope) and header(scope, "last-event-id") is not None
            if resumes and on_resume is not None:
                await on_resume()(scope, receive, send)
            else:
                await app(scope, receive, numbered)

        return wrapped

    return wrap
