"""Redirects of the lab."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import header, is_http, keep_alive
from streamtriage.on_first_use import Later

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import RedirectResponse
    from starlette.types import ASGIApp, Receive, Scope, Send

    from streamtriage.lab.scenario import Wrap
else:
    # Whoever only lists the faults needs no server.
    RedirectResponse = Later("starlette.responses", "RedirectResponse")

__all__ = ["moved"]


def moved(status: int, location: Callable[[str], str], *, only: str = "/mcp") -> Wrap:
    """Answer `only` with a redirect, made of the Host, and serve `/mcp/` as `/mcp`."""

    def wrap(app: ASGIApp) -> ASGIApp:
        inner = keep_alive(0.5)(app)

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if is_http(scope) and scope["path"] == only:
                place = location(header(scope, "host") or "")
                await RedirectResponse(place, status)(scope, receive, send)
                return
            scope = {**scope, "path": "/mcp", "raw_path": b"/mcp"}
            await inner(scope, receive, send)

        return wrapped

    return wrap
