"""The fault `reopening-refused`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, header, is_http
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["reopening_refused"]


@fault
def reopening_refused() -> Setup:
    """A server has one stream for each session, and answers 410 to every later GET.

    One that keeps a queue of messages for the stream, and drops it with the stream.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        streamed: set[str | None] = set()

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            session = header(scope, "mcp-session-id") if is_http(scope, "GET") else None
            if session is not None and session in streamed:
                await answer(410, "stream is gone")(scope, receive, send)
                return
            streamed.add(session)
            await app(scope, receive, send)

        return wrapped

    return Setup(wrap=wrap)
