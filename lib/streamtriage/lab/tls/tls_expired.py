"""The fault `tls-expired`."""

from __future__ import annotations

from streamtriage.lab.asgi import keep_alive
from streamtriage.lab.scenario import Setup, fault

__all__ = ["tls_expired"]


@fault
def tls_expired() -> Setup:
    """The certificate expired yesterday.

    A renewal that ran, and a server that was not reloaded.
    """
    return Setup(certificate="expired", wrap=keep_alive(0.5))
