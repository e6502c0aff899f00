"""Hosts that asked to be left alone: told to every worker through the scheduler."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from distributed import Client

    from streamtriage.model import Report

__all__ = ["asked_wait_s", "tell_everybody", "told_wait_s"]

# Where the answer names no time.
WAIT_S = 10.0
LONGEST_S = 24 * 3600.0
_BRAKES = (429, 503)


def asked_wait_s(report: Report) -> float | None:
    """Return how long the host wants no more requests; None if it did not say so.

    The longest `Retry-After` of its answers 429 and 503 counts, in seconds or as a
    date; without one it is `WAIT_S`.
    """
    waits = [
        _retry_after_s(seen.headers.get("retry-after", ""))
        for each in report.evidence
        for seen in each.exchanges
        if seen.status in _BRAKES
    ]
    return max(waits, default=None)


def _retry_after_s(value: str) -> float:
    if value.strip().isdecimal():
        return min(float(value), LONGEST_S)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return WAIT_S
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return min(max((until - datetime.now(UTC)).total_seconds(), 0.0), LONGEST_S)


async def tell_everybody(client: Client, authority: str, wait_s: float) -> None:
    """Say to whoever shares the scheduler that the host wants to be left alone."""
    await client.set_metadata(_keys(authority), time.time() + wait_s)


async def told_wait_s(client: Client, authority: str) -> float:
    """Return how long somebody else was told to leave the host alone; 0 if not."""
    until = await client.get_metadata(_keys(authority), default=0)
    left = float(until) - time.time() if isinstance(until, (int, float)) else 0.0
    return min(max(left, 0.0), LONGEST_S)


def _keys(authority: str) -> list[str]:
    # The scheduler has no need of the host's name.
    mark = hashlib.sha256(authority.encode()).hexdigest()[:16]
    return ["streamtriage-leave-alone", mark]
