"""The defaults of servers, proxies and platforms that bound or hold a stream."""

from __future__ import annotations

from functools import cache
from typing import Literal

from streamtriage.knowledge.rows import Fact, OptionalNumber, load

__all__ = ["Limit", "fires", "limits", "near"]

Kind = Literal[
    "idle",
    "total",
    "buffer",
    "headers",
    "connection",
    "drain",
    "session",
    "request",
    "keep-alive",
    "affinity",
    "limit",
    "protocol",
    "worker",
    "cache",
    "none",
]


class Limit(Fact):
    """One setting of one product, its default, and what a client sees of it.

    `comment_resets` says whether a keep-alive comment keeps it from firing.
    """

    product: str
    layer: str
    setting: str
    default: str
    kind: Kind
    seconds: OptionalNumber
    effect: str
    comment_resets: Literal["yes", "no", ""]
    fix: str


@cache
def limits() -> tuple[Limit, ...]:
    """Return every known default."""
    return load("limits", Limit)


def near(age_s: float, kind: Literal["idle", "total"]) -> tuple[Limit, ...]:
    """Return the limits of one kind that fire at this age.

    Limits of other clients are left out: this tool is the client, without a timer.
    """
    return tuple(
        row
        for row in limits()
        if row.kind == kind
        and row.layer != "client"
        and row.seconds is not None
        and fires(row.seconds, age_s)
    )


def fires(limit_s: float, age_s: float) -> bool:
    """Tell whether a limit of so many seconds would end a stream at this age."""
    # Timers fire late, never early: Cloudflare's 120 s were measured as 125.4 s.
    return limit_s - 0.5 <= age_s <= limit_s * 1.05 + 1.0
