"""The fault `spa-catchall`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, is_http
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


__all__ = ["spa_catchall"]


_PAGE = (
    '<!doctype html><html lang="en"><head><title>App</title>'
    '<script type="module" src="/assets/index.js"></script></head>'
    '<body><div id="root"></div></body></html>'
)


@fault
def spa_catchall() -> Setup:
    """A front end's router answers every GET with its page, and no POST.

    A static host with a rewrite of everything to index.html.
    """

    def wrap(_app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            reply = answer(405, "Method Not Allowed", Allow="GET, HEAD")
            if is_http(scope, "GET"):
                reply = answer(200, _PAGE, "text/html")
            await reply(scope, receive, send)

        return wrapped

    return Setup(wrap=wrap)
