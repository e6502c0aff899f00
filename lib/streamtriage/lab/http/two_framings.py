"""The fault `two-framings`."""

from __future__ import annotations

from streamtriage.lab.scenario import Setup, fault
from streamtriage.lab.tcp_relay import Relay, RelayRules

__all__ = ["two_framings"]


@fault
def two_framings() -> Setup:
    """Answers bear Content-Length and Transfer-Encoding together.

    A bridge that copies the headers of one answer to another (honojs/node-server#270).
    """
    return Setup(relay=Relay(RelayRules(length_beside_chunks=True)))
