"""Faults in what stands at the URL: redirects, pages, an older transport."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, header, is_http, keep_alive, on_get
from streamtriage.lab.scenario import Setup, fault
from streamtriage.on_first_use import Later

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.responses import RedirectResponse, Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    from streamtriage.lab.scenario import Wrap
else:
    # Whoever only lists the faults needs no server.
    RedirectResponse = Later("starlette.responses", "RedirectResponse")
    Response = Later("starlette.responses", "Response")

__all__ = [
    "get_204",
    "moved",
    "redirect_cross_origin_login",
    "redirect_scheme_downgrade",
    "redirect_trailing_slash",
    "spa_catchall",
]

_PAGE = (
    '<!doctype html><html lang="en"><head><title>App</title>'
    '<script type="module" src="/assets/index.js"></script></head>'
    '<body><div id="root"></div></body></html>'
)


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


@fault
def redirect_trailing_slash() -> Setup:
    """The URL is answered 307 to the same URL with a slash.

    Starlette's `redirect_slashes` around a FastMCP app that is mounted at /mcp/.
    """
    return Setup(wrap=moved(307, lambda _host: "/mcp/"))


@fault
def redirect_scheme_downgrade() -> Setup:
    """The https URL is answered 307 to plain http.

    FastMCP behind a proxy that ends TLS, without --proxy-headers (fastmcp#435).
    """
    wrap = moved(307, lambda host: f"http://{host}/mcp/")
    return Setup(certificate="valid", wrap=wrap)


@fault
def redirect_cross_origin_login() -> Setup:
    """Every request is answered 302 to the sign-in page of another host.

    oauth2-proxy and Cloudflare Access before an MCP path.
    """
    place = "https://login.example.com/oauth2/authorize?client_id=lab&state=x"

    def wrap(_app: ASGIApp) -> ASGIApp:
        return RedirectResponse(place, 302)

    return Setup(wrap=wrap)


@fault
def get_204() -> Setup:
    """A GET is answered 204.

    Handlers that were made to answer something, with nothing to say.
    """
    return Setup(wrap=on_get(lambda: Response(status_code=204)))


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
