"""The fault `limit-counts-open-streams`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, is_http
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["limit_counts_open_streams"]


_HAPROXY_503 = (
    "<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle "
    "this request.\n</body></html>\n"
)


@fault
def limit_counts_open_streams(wait_s: float = 1.2) -> Setup:
    """A balancer lets one connection at a time through, and a stream is one.

    HAProxy's `maxconn` of a server, reached by open streams; others wait in its queue
    for `timeout queue`, here 1.2 s, and get its 503.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        room = asyncio.Semaphore(1)

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if not is_http(scope):
                await app(scope, receive, send)
                return
            try:
                await asyncio.wait_for(room.acquire(), wait_s)
            except TimeoutError:
                page = answer(503, _HAPROXY_503, "text/html")
                await page(scope, receive, send)
                return
            try:
                await app(scope, receive, send)
            finally:
                room.release()

        return wrapped

    return Setup(wrap=wrap)
