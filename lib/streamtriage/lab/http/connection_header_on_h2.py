"""The fault `connection-header-on-h2`."""

from __future__ import annotations

from streamtriage.lab.asgi import (
    keep_alive,
)
from streamtriage.lab.h2_front import Front, FrontRules
from streamtriage.lab.scenario import Setup, fault

__all__ = ["connection_header_on_h2"]


@fault
def connection_header_on_h2() -> Setup:
    """The GET's response carries `Connection: keep-alive` over HTTP/2.

    Servers that speak HTTP/2 themselves and set the field by hand (nestjs#17597).
    """
    return Setup(
        wrap=keep_alive(0.5),
        front=Front(FrontRules(keeps_connection=True)),
        certificate="valid",
    )
