"""What a hop changed on the way: answers from a cache, fields that it took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model.observation import Kind, Phase
from streamtriage.model.roles import Role
from streamtriage.observations.finder import finds, observe_exchange
from streamtriage.observations.sequence import STREAM_GETS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model import Exchange
    from streamtriage.model.observation import Observation
    from streamtriage.observations.case import Case

__all__ = ["cache_sign"]

_COULD_BE_KEPT = (*STREAM_GETS, Role.MADE_UP_SESSION, Role.ENDED_SESSION)


@finds(Kind.ALTERED)
def find_altered(case: Case) -> Iterator[Observation]:
    """Yield every GET that a cache answered in the server's place.

    A 405 is the same for all and does no harm.
    """
    for each in case.asked:
        seen = each.exchange
        asks = each.role in _COULD_BE_KEPT and seen.method == "GET"
        if asks and seen.answered and seen.status != 405 and cache_sign(case, seen):
            yield observe_exchange(Kind.ALTERED, each, Phase.OPEN, detail="cached")
        hidden = case.guard is not None and case.guard.exposes_session is False
        if each.probe == "guard" and each.path == "preflight" and hidden:
            yield observe_exchange(
                Kind.ALTERED, each, Phase.GREET, detail="session-hidden"
            )


def cache_sign(case: Case, seen: Exchange) -> str:
    """Return the header that says so: a hit, or an `Age` that nothing else explains.

    Some proxies that keep nothing write an `Age` too: what the server's clock and the
    wait for the answer make it, rounded up (RFC 9111, 4.2.3).
    """
    for name in ("cf-cache-status", "x-cache"):
        value = seen.headers.get(name, "")
        if value.lower().startswith("hit"):
            return f"{name}: {value}"
    age = seen.headers.get("age", "")
    if not (age.isascii() and age.isdigit() and int(age[:9]) > 0):
        return ""
    explained = int(age[:9]) <= (seen.headers_s or 0.0) + 1.0
    return "" if explained and not _dated_before(case, seen) else f"Age: {age}"


def _dated_before(case: Case, seen: Exchange) -> bool:
    """Tell whether it was dated over a second before it was asked for.

    Measured against POSTs, which no cache answers: `Date` has whole seconds.
    """
    fresh = [post.date_lag_s for post in case.posts if post.date_lag_s is not None]
    if seen.date_lag_s is None or not fresh:
        return False
    return seen.date_lag_s - (seen.headers_s or 0.0) - min(fresh) >= 1.0
