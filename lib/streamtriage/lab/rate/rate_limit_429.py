"""The fault `rate-limit-429`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.lab.asgi import answer, on_get
from streamtriage.lab.scenario import Setup, fault

if TYPE_CHECKING:
    from starlette.responses import Response

__all__ = ["rate_limit_429"]


@fault
def rate_limit_429() -> Setup:
    """The limiter's budget for GET is spent.

    An edge limiter after a client's loop of one GET a second.
    """
    body = '{"error":"rate limit exceeded"}'

    def refuse() -> Response:
        return answer(429, body, "application/json", Retry_After="30")

    return Setup(wrap=on_get(refuse))
