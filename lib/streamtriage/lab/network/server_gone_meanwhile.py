"""The fault `server-gone-meanwhile`."""

from __future__ import annotations

from streamtriage.lab.scenario import Setup, fault
from streamtriage.lab.tcp_relay import Relay, RelayRules

__all__ = ["server_gone_meanwhile"]


@fault
def server_gone_meanwhile() -> Setup:
    """The server's process ends while it is being asked, and nobody starts it again.

    A crash without a supervisor, here 1.5 s after the first stream. The lab listens
    again after 25 s, so that it can be tried once more.
    """
    return Setup(relay=Relay(RelayRules(gone_after_s=1.5)), needs_hold_s=4.0)
