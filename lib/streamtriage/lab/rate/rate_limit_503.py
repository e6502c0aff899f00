"""The fault `rate-limit-503`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, is_http
from streamtriage.lab.nginx_pages import NGINX_403
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["rate_limit_503"]


@fault
def rate_limit_503(a_second: float = 0.8, burst: float = 5.0) -> Setup:
    """A limiter takes five requests at once and then four in five seconds.

    nginx's `limit_req` with `burst=5 nodelay`, which answers 503 by default.
    """
    page = NGINX_403.replace("403 Forbidden", "503 Service Temporarily Unavailable")

    def wrap(app: ASGIApp) -> ASGIApp:
        excess, at_s = 0.0, time.monotonic()

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal excess, at_s
            if is_http(scope):
                now_s = time.monotonic()
                left = max(excess - (now_s - at_s) * a_second, 0.0) + 1
                if left > burst + 1:
                    refusal = answer(503, page, "text/html", Server="nginx/1.22.1")
                    await refusal(scope, receive, send)
                    return
                excess, at_s = left, now_s
            await app(scope, receive, send)

        return wrapped

    return Setup(wrap=wrap, well_after_s=(burst + 1) / a_second)
