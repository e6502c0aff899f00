"""The fault `era-mixed-replicas`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import header, is_http
from streamtriage.lab.scenario import Setup, fault
from streamtriage.lab.sessions import refuse_legacy

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["era_mixed_replicas"]


@fault
def era_mixed_replicas() -> Setup:
    """Two of three replicas are already of revision 2026-07-28, one is not yet.

    A roll-out in progress behind a balancer that keeps sessions where they began.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        modern = refuse_legacy(app)
        starts = 0

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal starts
            chosen = app
            known = ("mcp-session-id", "mcp-protocol-version")
            begins = is_http(scope, "POST") and not any(header(scope, n) for n in known)
            if begins:
                chosen = modern if starts % 3 else app
                starts += 1
            await chosen(scope, receive, send)

        return wrapped

    return Setup(wrap=wrap)
