"""The fault `tcp-refused-server-down`."""

from __future__ import annotations

from streamtriage.lab.scenario import Setup, fault

__all__ = ["tcp_refused_server_down"]


@fault
def tcp_refused_server_down() -> Setup:
    """Nothing listens on the server's port.

    A process that is down: the port is bound, so nobody else can take it, and refuses.
    """
    return Setup(listens=False)
