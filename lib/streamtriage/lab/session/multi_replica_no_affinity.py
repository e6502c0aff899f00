"""The fault `multi-replica-no-affinity`."""

from __future__ import annotations

from streamtriage.lab.scenario import Setup, fault
from streamtriage.lab.tcp_relay import Relay, RelayRules

__all__ = ["multi_replica_no_affinity"]


@fault
def multi_replica_no_affinity() -> Setup:
    """Two replicas share the URL, and each knows only the sessions that it opened.

    A load balancer that sends each connection to the next replica in turn.
    """
    return Setup(replicas=2, relay=Relay(RelayRules()))
