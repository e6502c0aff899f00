"""The fault `tcp-blackhole-timeout`."""

from __future__ import annotations

from streamtriage.lab.scenario import Setup, fault

__all__ = ["tcp_blackhole_timeout"]


@fault
def tcp_blackhole_timeout() -> Setup:
    """Nobody answers a connection: neither yes nor no.

    A firewall that drops packets; here a queue that is full, for which Linux drops
    every SYN.
    """
    return Setup(silent=True)
