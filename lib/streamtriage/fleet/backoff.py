"""Hosts that asked to be left alone: told to every worker through the scheduler."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from distributed import Client

    from streamtriage.model import Report

__all__ = ["asked_wait_s", "tell_everybody", "told_wait_s"]

# How old what was told may be: to ask the scheduler for each target costs more than to
# judge one that refuses, and a host that was told so answers 429 again.
_HEARD_S = 0.5
_ALL = "streamtriage-leave-alone"
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
    until = time.time() + wait_s
    await client.set_metadata([_ALL, _mark(authority)], until)
    heard = _heard.get(client)
    if heard is not None:
        heard.until[_mark(authority)] = until


async def told_wait_s(client: Client, authority: str) -> float:
    """Return how long somebody else was told to leave the host alone; 0 if not.

    What others were told in the last half second may be missing.
    """
    heard = _heard.get(client)
    if heard is None or time.monotonic() - heard.at_s > _HEARD_S:
        told = await client.get_metadata([_ALL], default={})
        until = {mark: at for mark, at in told.items() if isinstance(at, (int, float))}
        heard = _heard[client] = _Heard(until, time.monotonic())
    left = heard.until.get(_mark(authority), 0.0) - time.time()
    return min(max(left, 0.0), LONGEST_S)


@dataclass
class _Heard:
    """Until when each host is left alone, as the scheduler said at that moment."""

    until: dict[str, float]
    at_s: float


_heard: WeakKeyDictionary[Client, _Heard] = WeakKeyDictionary()


def _mark(authority: str) -> str:
    # The scheduler has no need of the host's name.
    return hashlib.sha256(authority.encode()).hexdigest()[:16]
