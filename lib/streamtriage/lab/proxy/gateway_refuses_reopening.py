"""The fault `gateway-refuses-reopening`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, header, is_http
from streamtriage.lab.nginx_pages import NGINX_403
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["gateway_refuses_reopening"]


@fault
def gateway_refuses_reopening() -> Setup:
    """A gateway passes the first GET of each session on, and answers 502 to the others.

    One that keeps its side of the first stream and has no room for a second one.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        streamed: set[str | None] = set()

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            session = header(scope, "mcp-session-id") if is_http(scope, "GET") else None
            if session is not None and session in streamed:
                page = NGINX_403.replace("403 Forbidden", "502 Bad Gateway")
                refusal = answer(502, page, "text/html", Server="nginx/1.22.1")
                await refusal(scope, receive, send)
                return
            streamed.add(session)
            await app(scope, receive, send)

        return wrapped

    return Setup(wrap=wrap)
