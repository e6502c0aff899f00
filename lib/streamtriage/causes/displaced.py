"""Streams that a server ended because another client opened one."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from streamtriage.causes.stream_ages import TOGETHER_S, over

if TYPE_CHECKING:
    from streamtriage.model import Exchange
    from streamtriage.observations.case import Case

__all__ = ["displaced_streams", "end_s", "own_streams"]

# So many that end at the right moment are no chance.
_ENOUGH = 3


def own_streams(case: Case) -> list[Exchange]:
    """Return the event streams that were opened in sessions of our own."""
    return [
        each.exchange
        for each in case.asked
        if each.exchange.is_event_stream
        and each.exchange.method == "GET"
        and each.exchange.session == "live"
        and not each.role.elsewhere
    ]


def displaced_streams(case: Case) -> list[Exchange]:
    """Return the streams that ended when one was opened in another session.

    Not one may have outlived such a moment, nor ended at another one: what is cut for
    other reasons does. A newer one of the same session may end a stream, too, as it
    does at sound servers.
    """
    streams = own_streams(case)
    if any(_outlives(seen, other) for seen in streams for other in streams):
        return []
    ended = [seen for seen in streams if over(seen) and not seen.ended_to_be_polled]
    if not all(any(_displaces(s, seen) for s in streams) for seen in ended):
        return []
    gone = [
        seen
        for seen in ended
        if any(_displaces(s, seen) for s in streams if _apart(s, seen))
    ]
    return gone if len(gone) >= _ENOUGH else []


def end_s(seen: Exchange) -> float:
    """Return when a stream ended, in seconds from the start; infinite while open."""
    return inf if seen.ended_at_s is None else seen.ended_at_s


def _apart(one: Exchange, other: Exchange) -> bool:
    return one.opened_for != other.opened_for


def _displaces(newer: Exchange, older: Exchange) -> bool:
    """Tell whether a stream ended just when another one was opened."""
    ended_s = older.ended_at_s or 0.0
    opened_s = newer.headers_at_s or newer.sent_at_s
    within = newer.sent_at_s <= ended_s <= opened_s + TOGETHER_S
    return newer is not older and within


def _outlives(older: Exchange, newer: Exchange) -> bool:
    """Tell whether a stream went on when another session's had been opened."""
    if not _apart(newer, older):
        return False
    opened_s = newer.headers_at_s or newer.sent_at_s
    began_s = older.headers_at_s or older.sent_at_s
    return began_s < newer.sent_at_s and end_s(older) > opened_s + 2 * TOGETHER_S
