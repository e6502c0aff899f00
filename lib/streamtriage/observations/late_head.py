"""Heads of streams that came late, or never, though the same server answers POST."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import Failure
from streamtriage.model.observation import Kind, Phase
from streamtriage.observations.cut import FLAP_S
from streamtriage.observations.finder import finds, observe_exchange
from streamtriage.observations.sequence import STREAM_GETS, is_natural, own

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model import Exchange
    from streamtriage.model.observation import Observation
    from streamtriage.observations.case import Case

__all__ = ["LATE_S", "is_late", "stood_empty"]

# A head is late if it takes this long, and so many times a POST's time, so that a
# server that is slow at everything is not accused.
LATE_S = 2.0
_LATE_TIMES = 3.0


@finds(Kind.LATE_HEAD)
def find_late_heads(case: Case) -> Iterator[Observation]:
    """Yield every GET whose head was late against the same server's POST.

    What this program itself was late by is taken off. Where no POST was timed, a head
    that never came is late after our own patience. One that came by itself, without a
    byte and before the stream's end, only took its time. Likewise every POST that had
    to wait while a stream was held, as none had before and after it.
    """
    post_s = _post_s(case)
    slowed = _slowed(case)
    for each in own(case):
        seen = each.exchange
        if any(seen is other for other in slowed):
            yield observe_exchange(
                Kind.LATE_HEAD,
                each,
                Phase.HELD,
                after_s=seen.head_wait_s,
                detail="beside-stream",
            )
        if each.role not in STREAM_GETS:
            continue
        never = not seen.answered and seen.failure is Failure.TIMED_OUT
        waited_s = (seen.ended_s if never else seen.head_wait_s) or 0.0
        refused = seen.answered and not seen.is_event_stream
        if refused or not (never or _came_with_more(seen)):
            continue
        if is_late(waited_s - seen.late_s, post_s):
            yield observe_exchange(
                Kind.LATE_HEAD,
                each,
                Phase.OPEN,
                natural=is_natural(case, seen),
                after_s=waited_s,
                detail="never" if never else "",
            )


def _slowed(case: Case) -> tuple[Exchange, ...]:
    found = case.concurrent
    if found is None or not found.slowed:
        return ()
    again = (found.again_held,) if found.slowed_again else ()
    return (*found.held, *(seen for seen in again if seen is not None))


def is_late(waited_s: float | None, plain_s: float | None) -> bool:
    """Tell whether a wait is late against a plain answer of the same server."""
    if waited_s is None:
        return False
    usual_s = plain_s or 0.0
    return waited_s - usual_s >= LATE_S and waited_s >= _LATE_TIMES * usual_s


def _post_s(case: Case) -> float:
    waits = [p.head_wait_s for p in case.posts if p.answered]
    return min((each for each in waits if each is not None), default=0.0)


def _came_with_more(seen: Exchange) -> bool:
    """Tell whether a head came only together with a byte, or with the stream's end."""
    if not seen.answered or stood_empty(seen):
        return False
    ended = seen.end is not None and seen.end.natural
    return seen.first_byte_s is not None or ended


def stood_empty(seen: Exchange) -> bool:
    """Tell whether the head was there for some time without a byte of the body."""
    if seen.headers_s is None:
        return False
    if seen.first_byte_s is None:
        return (seen.lived_s or 0.0) >= FLAP_S
    return seen.first_byte_s - seen.headers_s >= FLAP_S
