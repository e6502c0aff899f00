"""The fault `reply-cut-short`."""

from __future__ import annotations

from streamtriage.lab.scenario import Setup, fault
from streamtriage.lab.tcp_relay import Relay, RelayRules

__all__ = ["reply_cut_short"]


@fault
def reply_cut_short() -> Setup:
    """Every response has a longer length than its body.

    A length in characters of another text, or one that a hop left as it was.
    """
    return Setup(
        relay=Relay(RelayRules(adds_to_length=7)), options={"json_response": True}
    )
