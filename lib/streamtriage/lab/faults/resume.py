"""Faults in how a server takes the id of the last event that was received."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, header, is_http
from streamtriage.lab.scenario import Setup, fault
from streamtriage.on_first_use import Later

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from streamtriage.lab.scenario import Wrap
else:
    # Whoever only lists the faults needs no server.
    Response = Later("starlette.responses", "Response")

__all__ = ["event_id_rejected", "last_event_id_500", "resume_failed_200_empty"]

_INVALID = (
    '{"jsonrpc":"2.0","error":{"code":-32000,"message":"Invalid event ID format"},'
    '"id":null}'
)


def _with_ids(on_resume: Callable[[], Response] | None) -> Wrap:
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


@fault
def last_event_id_500() -> Setup:
    """Events carry ids, but there is no store to replay them from.

    The Python SDK without an event store, behind a hop that numbers events.
    """
    return Setup(wrap=_with_ids(None))


@fault
def event_id_rejected() -> Setup:
    """The id of an event is refused by the server that sent it.

    The TypeScript SDK's text, of a server whose store another replica filled.
    """
    return Setup(wrap=_with_ids(lambda: answer(400, _INVALID, "application/json")))


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
