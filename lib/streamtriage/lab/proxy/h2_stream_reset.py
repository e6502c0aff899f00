"""The fault `h2-stream-reset`."""

from __future__ import annotations

from streamtriage.lab.asgi import keep_alive
from streamtriage.lab.h2_front import Front, FrontRules
from streamtriage.lab.scenario import Setup, fault

__all__ = ["h2_stream_reset"]


@fault
def h2_stream_reset(max_age_s: float = 1.6) -> Setup:
    """A proxy ends HTTP/2 streams by RST_STREAM when they reach a certain age.

    Envoy's max_stream_duration, nginx's keepalive_time by GOAWAY; here 1.6 s.
    """
    return Setup(
        wrap=keep_alive(0.5),
        front=Front(FrontRules(max_age_s=max_age_s)),
        certificate="valid",
        needs_hold_s=4.0,
    )
