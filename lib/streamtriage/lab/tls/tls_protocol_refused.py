"""The fault `tls-protocol-refused`."""

from __future__ import annotations

from streamtriage.lab.asgi import keep_alive
from streamtriage.lab.scenario import Setup, fault

__all__ = ["tls_protocol_refused"]


@fault
def tls_protocol_refused() -> Setup:
    """The server speaks TLS 1.0 and 1.1 only.

    An appliance of 2012, or a load balancer with a policy of that time.
    """
    return Setup(certificate="outdated", wrap=keep_alive(0.5))
