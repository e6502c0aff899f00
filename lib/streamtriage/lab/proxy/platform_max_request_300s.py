"""The fault `platform-max-request-300s`."""

from __future__ import annotations

from streamtriage.lab.asgi import keep_alive
from streamtriage.lab.connection_ends import ended_at_age
from streamtriage.lab.scenario import Setup, chain, fault

__all__ = ["platform_max_request_300s"]


@fault
def platform_max_request_300s(age_s: float = 1.6) -> Setup:
    """The platform ends every response at a certain age, keep-alive comments or not.

    Vercel and Cloud Run after 300 s, a Go server's WriteTimeout after 30 s; here 1.6 s.
    """
    wrap = chain(keep_alive(0.5), ended_at_age(age_s))
    return Setup(wrap=wrap, needs_hold_s=4.0)
