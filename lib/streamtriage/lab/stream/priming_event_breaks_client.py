"""The fault `priming-event-breaks-client`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import is_http, keep_alive
from streamtriage.lab.scenario import Setup, chain, fault
from streamtriage.model import Intake

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["priming_event_breaks_client"]


@fault
def priming_event_breaks_client() -> Setup:
    """A stream begins with an event that holds an id and no data.

    The SDKs' servers with an event store, for every client, whatever revision it asks.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            async def primed(message: Message) -> None:
                await send(message)
                if message.get("status") == 200:
                    first = {"type": "http.response.body", "body": b"id: 0\ndata: \n\n"}
                    await send({**first, "more_body": True})

            if not is_http(scope, "GET"):
                await app(scope, receive, send)
                return
            # Nothing was written that could be sent again, so a resume is a new start.
            kept = [h for h in scope["headers"] if h[0] != b"last-event-id"]
            await app({**scope, "headers": kept}, receive, primed)

        return wrapped

    return Setup(wrap=chain(keep_alive(0.5), wrap), intake=Intake(client="Gemini CLI"))
