"""Ages at which streams ended, gathered into clusters that betray a limit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.knowledge import limits_near
from streamtriage.model import Cluster

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["clusters"]

# Fewer than three at one age can be chance; a limit makes more than one in five.
ENOUGH = 3
SHARE = 0.2
# Uptimes are printed in whole seconds, and a refused reopening is seen a round trip
# late, so equal limits differ by about a second; long ones by their scheduler.
WIDTH_S = 1.5
WIDTH = 0.015
# Below this a stream was never really open: that is a flap or a refusal, no limit.
SHORTEST_S = 5.0
CLUSTER_LIMIT = 5


def clusters(lives_s: Sequence[float]) -> tuple[Cluster, ...]:
    """Return the ages that repeat, the most frequent first."""
    left = sorted(life for life in lives_s if life >= SHORTEST_S)
    of = len(lives_s)
    found: list[Cluster] = []
    while len(left) >= ENOUGH and len(found) < CLUSTER_LIMIT:
        first, last = _densest(left)
        count = last - first
        if count < max(ENOUGH, SHARE * of):
            break
        ages = left[first:last]
        middle = ages[len(ages) // 2]
        found.append(
            Cluster(
                from_s=round(ages[0], 1),
                to_s=round(ages[-1], 1),
                middle_s=round(middle, 1),
                count=count,
                of=of,
                suspects=limits_near(middle),
            )
        )
        del left[first:last]
    return tuple(found)


def _densest(ages: list[float]) -> tuple[int, int]:
    """Return the bounds of the fullest window that is as wide as one limit's jitter."""
    best, first = (0, 0), 0
    for last, age in enumerate(ages, 1):
        while age - ages[first] > WIDTH_S + WIDTH * ages[first]:
            first += 1
        if last - first > best[1] - best[0]:
            best = (first, last)
    return best
