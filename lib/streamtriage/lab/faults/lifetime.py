"""Faults in how old a stream may become, and in a server that is away for a moment."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, is_http, keep_alive
from streamtriage.lab.endings import Away, ended_at_age
from streamtriage.lab.front import Front, FrontRules
from streamtriage.lab.scenario import Setup, chain, fault

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = [
    "cloudflare_100_125s",
    "deploy_window_5xx",
    "drain_at_deploy",
    "h2_stream_reset",
    "platform_max_request_300s",
    "proxy_404_during_recreate",
]


@fault
def platform_max_request_300s(age_s: float = 2.0) -> Setup:
    """The platform ends every response at a certain age, keep-alive comments or not.

    Vercel and Cloud Run after 300 s, a Go server's WriteTimeout after 30 s; here 2 s.
    """
    wrap = chain(keep_alive(0.5), ended_at_age(age_s))
    return Setup(wrap=wrap, needs_hold_s=4.0)


@fault
def cloudflare_100_125s(after_s: float = 1.2) -> Setup:
    """Cloudflare waits for the first byte of the stream and answers 524 without it.

    Its proxy read timeout, 120 s by documentation and 125.4 s as measured; here 1.2 s.
    """
    page = (
        "<!DOCTYPE html><html><head><title>mcp.example.com | 524: A timeout occurred"
        "</title></head><body><h1>A timeout occurred <span>Error code 524</span></h1>"
        "<p>Cloudflare Ray ID: 8f2a7c1d9e3b4a5f</p></body></html>"
    )

    def wrap(app: ASGIApp) -> ASGIApp:
        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if not is_http(scope, "GET"):
                await app(scope, receive, send)
                return
            await asyncio.sleep(after_s)
            refusal = answer(
                524,
                page,
                "text/html",
                Server="cloudflare",
                CF_RAY="8f2a7c1d9e3b4a5f-FRA",
            )
            await refusal(scope, receive, send)

        return wrapped

    return Setup(wrap=wrap)


@fault
def h2_stream_reset(max_age_s: float = 2.0) -> Setup:
    """A proxy ends HTTP/2 streams by RST_STREAM when they reach a certain age.

    Envoy's max_stream_duration, nginx's keepalive_time by GOAWAY; here 2 s.
    """
    return Setup(
        wrap=keep_alive(0.5),
        front=Front(FrontRules(max_age_s=max_age_s)),
        certificate="valid",
        needs_hold_s=4.0,
    )


@fault
def drain_at_deploy(after_s: float = 2.5) -> Setup:
    """A proxy whose configuration is loaded again ends all its streams at once.

    Caddy at each reload, ingress-nginx 240 s after it; here once one has been open for
    2.5 s.
    """

    def never() -> Response:
        return answer(503)

    away = Away(after_s, 0.0, clean=True, answer=never)
    return Setup(wrap=chain(keep_alive(0.5), away), needs_hold_s=4.0)


@fault
def deploy_window_5xx(after_s: float = 1.7, lasts_s: float = 2.0) -> Setup:
    """For a moment no process stands behind the proxy, then a new one does.

    A release without overlap; the sessions outlive it in a shared store.
    """
    page = "<html><body><h1>503 Service Unavailable</h1>\nNo server is available"
    page += " to handle this request.\n</body></html>\n"

    def refuse() -> Response:
        return answer(503, page, "text/html")

    away = Away(after_s, lasts_s, clean=False, answer=refuse)
    return Setup(wrap=away, needs_hold_s=4.0)


@fault
def proxy_404_during_recreate(after_s: float = 1.7, lasts_s: float = 2.0) -> Setup:
    """While its backend is made anew, the proxy has no route and answers 404.

    Traefik while a container is created again (claude-code#94273).
    """

    def refuse() -> Response:
        return answer(404, "404 page not found\n")

    away = Away(after_s, lasts_s, clean=False, answer=refuse)
    return Setup(wrap=away, needs_hold_s=4.0)
