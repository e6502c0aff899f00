"""The tables: facts with citations, grades and dates, and their one loader."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict

__all__ = ["CutTime", "cut_times", "limits_near"]

Grade = Literal["V", "L", "I", "R"]


class Fact(BaseModel):
    """One row: V read at its source, L measured, I reported, R recalled."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str
    grade: Grade
    date: str


class CutTime(Fact):
    """Who is known to cut a stream after between `from_s` and `to_s` seconds."""

    from_s: float
    to_s: float
    suspects: str

    def matches(self, age_s: float) -> bool:
        # Timers fire late, never early: a scheduler's tick or one round trip.
        return self.from_s - 0.5 <= age_s <= self.to_s * 1.02 + 1.0


def rows(table: str) -> list[dict[str, str]]:
    """Return the rows of one table as texts."""
    with (files(__name__) / f"{table}.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


@cache
def cut_times() -> tuple[CutTime, ...]:
    """Return the known limits on the life of a stream, shortest first."""
    return tuple(CutTime.model_validate(row) for row in rows("cut_times"))


def limits_near(age_s: float) -> str:
    """Return who is known to cut a stream of this age, or an empty text."""
    return "; ".join(row.suspects for row in cut_times() if row.matches(age_s))
