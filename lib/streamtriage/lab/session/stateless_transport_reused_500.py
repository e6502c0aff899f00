"""The fault `stateless-transport-reused-500`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, is_http
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["stateless_transport_reused_500"]

_STARTED_ANEW_S = 5.0


@fault
def stateless_transport_reused_500() -> Setup:
    """One transport without sessions serves everybody, and refuses to be used twice.

    The TypeScript SDK from 1.26.0 on: the first request of the process is answered,
    every other one is 500 with an empty text/plain body. After 5 s of quiet the server
    is as if started anew.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        last = -60.0

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal last
            if not is_http(scope):
                await app(scope, receive, send)
                return
            first = time.monotonic() - last > _STARTED_ANEW_S
            last = time.monotonic()
            await (app if first else answer(500))(scope, receive, send)

        return wrapped

    return Setup(wrap=wrap, stateless=True, well_after_s=_STARTED_ANEW_S)
