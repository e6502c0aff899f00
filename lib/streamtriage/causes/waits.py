"""Answers that came only after a wait of one length: it ran out, and is no refusal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.stream_ages import NEAR, NEAR_OF_THREE, NEAR_S, THREE
from streamtriage.model import Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.model import Exchange
    from streamtriage.observations.case import Case

__all__ = ["LATE_S", "alike", "failed_alike", "failed_late", "ran_out", "waited_s"]

# Nobody thinks about a refusal for so long, and so many times the time of a POST that
# was answered.
LATE_S = 1.0
LATE_TIMES = 3.0
# Cloudflare's own for an origin that does not answer; `cloudflare-100-125s` judges it.
_CLOUDFLARES = 524


def waited_s(seen: Exchange) -> float:
    """Return how long after the last byte of its request an answer or cut came."""
    return (seen.age_s if seen.head_wait_s is None else seen.head_wait_s) or 0.0


def ran_out(case: Case) -> tuple[Exchange, ...]:
    """Return the first GETs on which somebody gave up waiting for their head.

    Where POST fails so as well, it is not the head of a stream that is waited for.
    """
    posts = (s for s in case.exchanges if s.method == "POST")
    return () if any(failed_late(case, s) for s in posts) else failed_alike(case)


def failed_alike(case: Case) -> tuple[Exchange, ...]:
    """Return the first GETs if all failed after one wait; none where in doubt.

    Any 5xx, and any cut before the head, whose delay is the same in every try. Two must
    be as near each other as two ages of one limit.
    """
    late = [g for g in case.sent_gets if failed_late(case, g)]
    others = [g for g in case.live_gets if g not in late]
    return tuple(late) if len(late) > 1 and not others and alike(late) else ()


def failed_late(case: Case, seen: Exchange) -> bool:
    """Tell whether it failed after a wait that no POST of the same session needs."""
    cut = seen.status is None and seen.failure in (Failure.CLOSED, Failure.RESET)
    failed = cut or (seen.status or 0) >= 500
    own = seen.status == _CLOUDFLARES and "cf-ray" in seen.headers
    posts = [p.head_wait_s for p in case.posts if p.accepted]
    usual_s = max((wait_s for wait_s in posts if wait_s is not None), default=0.0)
    wait_s = waited_s(seen) - seen.late_s
    return failed and not own and wait_s >= max(LATE_S, LATE_TIMES * usual_s)


def alike(seen: Sequence[Exchange]) -> bool:
    """Tell whether all of these came after the same wait."""
    waits = [waited_s(each) for each in seen]
    part = NEAR_OF_THREE if len(seen) >= THREE else NEAR
    late_s = sum(sorted(each.late_s for each in seen)[-2:])
    return max(waits) - min(waits) <= max(NEAR_S, part * max(waits)) + late_s
