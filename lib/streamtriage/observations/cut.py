"""Streams that had lived and were ended by the server or by something on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model.observation import Kind, Phase
from streamtriage.model.roles import Role
from streamtriage.observations.finder import finds, observe_exchange
from streamtriage.observations.sequence import STREAM_GETS, own

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model import Exchange
    from streamtriage.model.observation import Observation
    from streamtriage.model.roles import Asked
    from streamtriage.observations.case import Case

__all__ = ["FLAP_S", "ended_streams"]

# The reference client waits one second between an end and its next GET, so a stream
# that hardly lives is a loop of about one request a second. Timers are set to round
# numbers, so the border between such a stream and one that was cut is at none of them.
FLAP_S = 0.7


@finds(Kind.CUT)
def find_cuts(case: Case) -> Iterator[Observation]:
    """Yield every stream of the own sequence that ended by itself after a while.

    Its age counts from the last byte of the request, for silence includes the wait for
    the head. Polling is none: an id or `retry`, then a clean end. A single polite end
    after which the stream came back is only odd: a server may end a stream.
    """
    ended = list(ended_streams(case))
    for each in ended:
        seen = each.exchange
        if (seen.lived_s or 0.0) >= FLAP_S or _held_with_its_head(seen):
            phase = Phase.LISTEN if each.role is Role.LISTEN else Phase.HELD
            once = _clean(seen) and _came_back(case, seen) and len(ended) == 1
            # In HTTP+SSE the session goes with its stream, however politely.
            once = once and each.role is not Role.OLD_STREAM
            yield observe_exchange(
                Kind.CUT,
                each,
                phase,
                after_s=seen.age_s,
                end=seen.end,
                detail="polite-once" if once else "",
            )


def _came_back(case: Case, seen: Exchange) -> bool:
    """Tell whether the stream that ended could be opened again, or was not needed."""
    followed = [r for r in case.reopenings if r.first == seen]
    return all(each.recovered for each in followed)


def _held_with_its_head(seen: Exchange) -> bool:
    """Tell whether a head came only with the end: the stream lived while it waited."""
    return (seen.head_wait_s or 0.0) >= FLAP_S


def ended_streams(case: Case) -> Iterator[Asked]:
    """Yield the streams that ended by themselves and before their time.

    Not those that `reopen` and `second` end, nor one of which the server had told the
    client how to come back.
    """
    for each in own(case):
        seen = each.exchange
        streams = each.role in STREAM_GETS or each.role is Role.LISTEN
        ended = seen.end is not None and seen.end.natural
        if not (streams and ended and seen.is_event_stream):
            continue
        if each.probe == "second" or seen.ended_to_be_polled:
            continue
        if each.role is Role.LISTEN and not _promised(case):
            continue
        yield each


def _clean(seen: Exchange) -> bool:
    return seen.end is not None and seen.end.clean


def _promised(case: Case) -> bool:
    """Only what the server advertises is listened for; no promise, no breach."""
    return case.listen is None or getattr(case.listen, "advertised", True) is not False
