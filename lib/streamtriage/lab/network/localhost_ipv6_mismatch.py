"""The fault `localhost-ipv6-mismatch`."""

from __future__ import annotations

from streamtriage.lab.asgi import keep_alive
from streamtriage.lab.scenario import Setup, fault

__all__ = ["localhost_ipv6_mismatch"]


@fault
def localhost_ipv6_mismatch() -> Setup:
    """The server listens on ::1 only, and the URL says 127.0.0.1.

    Node's `listen(port, 'localhost')` where the resolver puts ::1 first.
    """
    return Setup(address="::1", wrap=keep_alive(0.5))
