"""The fault `get-ended-unanswered`."""

from __future__ import annotations

from streamtriage.lab.scenario import Setup, fault
from streamtriage.lab.tcp_relay import Relay, RelayRules

__all__ = ["get_ended_unanswered"]


@fault
def get_ended_unanswered() -> Setup:
    """The connection of every GET is reset before a byte of the answer.

    A handler that crashes its worker, or a firewall that lets no event stream through.
    """
    return Setup(relay=Relay(RelayRules(drops_gets=True)))
