"""The fault `token-expired-no-provider`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, is_http
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


__all__ = ["token_expired_no_provider"]

_PASTED_ANEW_S = 5.0


@fault
def token_expired_no_provider() -> Setup:
    """The access token expires in mid-session and nothing renews it.

    A static bearer token: everything works for 1.5 s after the first request, then all
    is 401 until the server has been left alone for 5 s, as if a new token were pasted.
    """

    def wrap(app: ASGIApp) -> ASGIApp:
        first = last = -60.0

        async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
            nonlocal first, last
            if not is_http(scope):
                await app(scope, receive, send)
                return
            now = time.monotonic()
            if now - last > _PASTED_ANEW_S:
                first = now
            last = now
            if now - first < 1.5:
                await app(scope, receive, send)
                return
            refusal = answer(
                401,
                '{"error":"invalid_token","error_description":"The token expired"}',
                "application/json",
                WWW_Authenticate='Bearer error="invalid_token", '
                'error_description="The token expired"',
            )
            await refusal(scope, receive, send)

        return wrapped

    return Setup(wrap=wrap, needs_hold_s=4.0, well_after_s=_PASTED_ANEW_S)
