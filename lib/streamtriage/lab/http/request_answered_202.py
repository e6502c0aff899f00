"""The fault `request-answered-202`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, header, is_http
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


__all__ = ["request_answered_202"]


@fault
def request_answered_202() -> Setup:
    """Every call is acknowledged, and answered nowhere.

    A server that puts what is posted into a queue, as HTTP+SSE asked for.
    """
    return Setup(wrap=_only_acknowledged)


def _only_acknowledged(app: ASGIApp) -> ASGIApp:
    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        in_session = header(scope, "mcp-session-id") if is_http(scope, "POST") else None
        if in_session is None:
            await app(scope, receive, send)
        else:
            await answer(202)(scope, receive, send)

    return wrapped
