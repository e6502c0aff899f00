"""The fault `accept-406`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import header, is_http
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


__all__ = ["accept_406"]


@fault
def accept_406() -> Setup:
    """A hop rewrites the Accept header of a GET.

    A gateway that knows no text/event-stream and asks for JSON instead; `*/*` passes.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if is_http(scope, "GET") and header(scope, "accept") != "*/*":
                others = [(n, v) for n, v in scope["headers"] if n != b"accept"]
                json_only = (b"accept", b"application/json")
                scope = {**scope, "headers": [*others, json_only]}
            await app(scope, receive, send)

        return wrapped

    return Setup(wrap=wrap)
