"""Whether a hop that keeps the last piece back until the next one can be excluded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import Gap
from streamtriage.model.message import say
from streamtriage.wording import seconds

if TYPE_CHECKING:
    from streamtriage.model import Exchange
    from streamtriage.observations.case import Case

__all__ = ["last_piece_gap"]

# Bytes that came so soon after the head were kept back by nobody.
_AT_ONCE_S = 0.5
# A server that dates its comments shows how late they are, to this much.
_FRESH_S = 1.0


def last_piece_gap(case: Case) -> Gap | None:
    """Return what is not known where each piece may be one late; None if it is known.

    A hop that passes a piece on only when the next one comes looks like a server that
    writes no first one. It is excluded by a piece that came with the head, by one that
    we provoked and that came at once, or by a fresh date in one.
    """
    streams = [each for each in case.sent_gets if each.is_event_stream and each.pieces]
    if not streams or any(_prompt(each) for each in streams):
        return None
    lifetime = case.lifetime
    if lifetime is not None and lifetime.provoked:
        return None
    waits = [_waited_s(each) for each in streams]
    return Gap.told("last-piece", say("last-piece.gap", waits=seconds(min(waits))))


def _waited_s(seen: Exchange) -> float:
    return (seen.first_byte_s or 0.0) - (seen.headers_s or 0.0)


def _prompt(seen: Exchange) -> bool:
    fresh = seen.stamp_lag_s is not None and seen.stamp_lag_s <= _FRESH_S
    return fresh or _waited_s(seen) <= _AT_ONCE_S
