"""The fault `dns-nxdomain`."""

from __future__ import annotations

from streamtriage.lab.scenario import Setup, fault

__all__ = ["dns_nxdomain"]


@fault
def dns_nxdomain() -> Setup:
    """The server's name does not exist.

    A name under .invalid, which RFC 6761 keeps from ever existing.
    """
    return Setup(host="no-such-server.invalid", listens=False)
