"""Which causes come and go by themselves, and how many runs tell more than chance."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["INTERMITTENT", "Kind", "needed"]

Kind = Literal["by lot", "event"]

# By lot: each try may meet another process, address or state. Event: it happened at a
# moment, so that its absence now shows nothing until the moment comes again.
INTERMITTENT: Mapping[str, tuple[Kind, str]] = {
    "multi-replica-no-affinity": ("by lot", "each connection may reach any replica"),
    "era-mixed-replicas": ("by lot", "each connection may reach any replica"),
    "rate-limit-429": ("by lot", "a limiter forgets after a while"),
    "max-sessions-503": ("by lot", "sessions of others end by themselves"),
    "listen-limit": ("by lot", "subscriptions of others end by themselves"),
    "waf-bot-403": ("by lot", "a firewall weighs the address and the moment"),
    "dns-nxdomain": ("by lot", "resolvers differ, and remember for a while"),
    "address-unreachable": ("by lot", "a network or a VPN comes and goes"),
    "tcp-blackhole-timeout": ("by lot", "packets may take another way"),
    "h2-stream-reset": ("by lot", "the age of a shared connection is not ours alone"),
    "cdn-caches-stream": ("by lot", "a cache forgets after a while"),
    "asgi-lifespan-missing-500": ("by lot", "workers start apart from each other"),
    "deploy-window-5xx": ("event", "it happened while something was deployed"),
    "proxy-404-during-recreate": ("event", "it happened while a backend was replaced"),
    "drain-at-deploy": ("event", "it happened while a process drained"),
    "server-restart-session-lost": ("event", "it happened when the server restarted"),
    "wake-network-not-ready": ("event", "it happened after a sleep"),
}
_ENOUGH = 0.05


def needed(cause: str, *, failed: int, runs: int) -> int:
    """Return how many runs without the failure leave chance less than one in twenty.

    `failed` of `runs` showed the failure with nothing changed. A cause that is not
    known to come and go, and that showed each time, needs one.
    """
    if cause not in INTERMITTENT and failed >= runs:
        return 1
    # Nobody saw it fail less than every second time, so no more than that is assumed.
    rate = min(0.5, failed / runs) if failed and runs else 0.5
    return math.ceil(math.log(_ENOUGH) / math.log(1 - rate))
