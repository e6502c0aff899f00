"""Ages at which streams ended, gathered into clusters that betray a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.knowledge.cuts import limits_near
from streamtriage.model import Cluster

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["clusters", "young_ends"]

# Fewer than three at one age can be chance; a limit makes more than one in five.
ENOUGH = 3
SHARE = 0.2
# Uptimes are printed in whole seconds, and a refused reopening is seen a round trip
# late, so equal limits differ by about a second; long ones by their scheduler.
WIDTH_S = 1.5
WIDTH = 0.015
# Young streams end at the same age only if their times lie closer together.
WIDTH_YOUNG_S = 0.5
YOUNG_S = 5.0
CLUSTER_LIMIT = 5


def clusters(lives_s: Sequence[float]) -> tuple[Cluster, ...]:
    """Return the ages from 5 s on that repeat, the most frequent first."""
    left = sorted(life for life in lives_s if life >= YOUNG_S)
    of = len(lives_s)
    found: list[Cluster] = []
    while len(left) >= ENOUGH and len(found) < CLUSTER_LIMIT:
        first, last = _densest(left)
        if last - first < max(ENOUGH, SHARE * of):
            break
        found.append(_cluster(left[first:last], of))
        del left[first:last]
    return tuple(found)


def young_ends(lives_s: Sequence[float]) -> Cluster | None:
    """Return the ends at one age below 5 s, if most streams end so.

    That is no limit of a stream's life: whoever answers ends each one at once.
    """
    left = sorted(life for life in lives_s if life < YOUNG_S)
    first, last = _densest(left)
    if last - first < ENOUGH or 2 * (last - first) < len(lives_s):
        return None
    return _cluster(left[first:last], len(lives_s))


def _cluster(ages: list[float], of: int) -> Cluster:
    middle = ages[len(ages) // 2]
    return Cluster(
        from_s=round(ages[0], 1),
        to_s=round(ages[-1], 1),
        middle_s=round(middle, 1),
        count=len(ages),
        of=of,
        suspects=limits_near(middle),
    )


def _width(age: float) -> float:
    return WIDTH_YOUNG_S if age < YOUNG_S else WIDTH_S + WIDTH * age


def _densest(ages: list[float]) -> tuple[int, int]:
    """Return the bounds of the fullest window that is as wide as one limit's jitter."""
    best, first = (0, 0), 0
    for last, age in enumerate(ages, 1):
        while age - ages[first] > _width(ages[first]):
            first += 1
        if last - first > best[1] - best[0]:
            best = (first, last)
    return best
