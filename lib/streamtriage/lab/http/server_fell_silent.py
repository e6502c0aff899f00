"""The fault `server-fell-silent`."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from streamtriage.lab.asgi import is_http, is_stream
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["server_fell_silent"]


# Longer than the patience with which a silence is told, so that it lasts for one run.
_SILENT_S = 15.0


@fault
def server_fell_silent(after_s: float = 1.5) -> Setup:
    """From some moment on the server answers nobody any more.

    A call that blocks its only thread, here 1.5 s after the first stream; it is well
    again when it was left alone for 15 s.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        stuck = asyncio.Event()
        timer: asyncio.TimerHandle | None = None
        asked = time.monotonic()

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal asked
            if not is_http(scope):
                await app(scope, receive, send)
                return
            now = time.monotonic()
            if stuck.is_set() and now - asked > _SILENT_S:
                stuck.clear()
            asked = now
            if stuck.is_set():
                while (await receive())["type"] != "http.disconnect":
                    pass
                return

            async def started(message: Message) -> None:
                nonlocal timer
                await send(message)
                opened = message["type"] == "http.response.start" and is_stream(message)
                if opened and scope["method"] == "GET" and timer is None:
                    loop = asyncio.get_running_loop()
                    timer = loop.call_later(after_s, go)

            def go() -> None:
                nonlocal timer
                timer = None
                stuck.set()

            await app(scope, receive, started)

        return wrapped

    return Setup(wrap=wrap, needs_hold_s=4.0, well_after_s=_SILENT_S)
