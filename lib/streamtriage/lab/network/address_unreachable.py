"""The fault `address-unreachable`."""

from __future__ import annotations

from streamtriage.lab.scenario import Setup, fault

__all__ = ["address_unreachable"]


@fault
def address_unreachable() -> Setup:
    """No way leads to the server's address.

    IPv6 where there is none; here a multicast group, to which no system connects TCP.
    """
    return Setup(host="224.0.0.1", listens=False)
