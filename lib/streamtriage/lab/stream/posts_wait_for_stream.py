"""The fault `posts-wait-for-stream`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from streamtriage.lab.asgi import is_http
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["posts_wait_for_stream"]


@fault
def posts_wait_for_stream() -> Setup:
    """Every request passes one lock, and an open GET stream keeps it.

    Servers that serve one request after the other, or by one synchronous worker.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        lock = asyncio.Lock()

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            if not is_http(scope):
                await app(scope, receive, send)
                return
            async with lock:
                await app(scope, receive, send)

        return wrapped

    return Setup(wrap=wrap)
