"""How long a stream lives before who is known to cut it."""

from __future__ import annotations

from functools import cache

from streamtriage.knowledge.rows import Fact, load

__all__ = ["CutTime", "cut_times", "limits_near"]


class CutTime(Fact):
    """Who is known to cut a stream after between `from_s` and `to_s` seconds."""

    from_s: float
    to_s: float
    suspects: str

    def matches(self, age_s: float) -> bool:
        # Timers fire late, never early: a scheduler's tick or one round trip.
        return self.from_s - 0.5 <= age_s <= self.to_s * 1.02 + 1.0


@cache
def cut_times() -> tuple[CutTime, ...]:
    """Return the known limits on the life of a stream, shortest first."""
    return load("cut_times", CutTime)


def limits_near(age_s: float) -> str:
    """Return who is known to cut a stream of this age, or an empty text."""
    return "; ".join(row.suspects for row in cut_times() if row.matches(age_s))
