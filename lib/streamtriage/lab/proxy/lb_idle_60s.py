"""The fault `lb-idle-60s`."""

from __future__ import annotations

from streamtriage.lab.scenario import Setup, fault
from streamtriage.lab.tcp_relay import Relay, RelayRules

__all__ = ["lb_idle_60s"]


@fault
def lb_idle_60s() -> Setup:
    """A load balancer cuts a stream that carries no bytes.

    nginx's proxy_read_timeout and the ALB's idle timeout, 60 s by default, here 1.5 s.
    """
    return Setup(relay=Relay(RelayRules(idle_s=1.5)), needs_hold_s=5.0)
