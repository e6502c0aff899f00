"""The fault `cloudflare-100-125s`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, is_http
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["cloudflare_100_125s"]


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
