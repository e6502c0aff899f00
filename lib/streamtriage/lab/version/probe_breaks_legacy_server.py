"""The fault `probe-breaks-legacy-server`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, header, is_http
from streamtriage.lab.scenario import Setup, fault
from streamtriage.model import Intake

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["probe_breaks_legacy_server"]


# The client of the TypeScript SDK 2.x in mode `auto` (probeClassifier.ts).
_NEGOTIATION = "Version negotiation failed: the server answered the probe with HTTP 500"


@fault
def probe_breaks_legacy_server() -> Setup:
    """A server of an older revision answers 500 to a method that it does not know.

    A handler that takes each first request for `initialize` and fails on any other.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            asked = header(scope, "mcp-method") if is_http(scope, "POST") else None
            if asked is None:
                await app(scope, receive, send)
            else:
                await answer(500, "Internal Server Error")(scope, receive, send)

        return wrapped

    return Setup(wrap=wrap, intake=Intake(error=_NEGOTIATION))
