"""Whether a new version of a client made things worse, compared within a week."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from streamtriage.model import VersionCount, VersionStep

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtriage.workstation.logs.state import Timeline

__all__ = ["blamed_version", "steps"]

WEEK_S = 7 * 24 * 3600.0
# Fewer connections than these tell nothing of a version.
ENOUGH = 3
# Failures for each connection vary; a version is accused from this factor on.
WORSE = 2.0


def steps(timeline: Timeline) -> tuple[VersionStep, ...]:
    """Return each change of version, with the week before it and the week after."""
    began = sorted((at, version) for version, at in timeline.version_at.items())
    found = []
    for (_, old), (at, new) in pairwise(began):
        before = _count(timeline, old, at - WEEK_S, at)
        after = _count(timeline, new, at, at + WEEK_S)
        found.append(
            VersionStep(
                version=new, before=before, after=after, worse=_worse(before, after)
            )
        )
    return tuple(found)


def blamed_version(timeline: Timeline) -> str:
    """Return the first version that made things worse than the week before it."""
    return next((step.version for step in steps(timeline) if step.worse), "")


def _count(timeline: Timeline, version: str, first: float, last: float) -> VersionCount:
    return VersionCount(
        version=version,
        connects=_within(timeline.connects_at, version, first, last),
        failures=_within(timeline.failures_at, version, first, last),
    )


def _within(
    events: Iterable[tuple[float, str]], version: str, first: float, last: float
) -> int:
    return sum(first <= at <= last and named == version for at, named in events)


def _worse(before: VersionCount, after: VersionCount) -> bool | None:
    if before.connects < ENOUGH or after.connects < ENOUGH:
        return None
    return after.failures * before.connects > WORSE * before.failures * after.connects
