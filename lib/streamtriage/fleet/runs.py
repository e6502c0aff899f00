"""Several runs over time: what changed, what is slow, what is flaky."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from streamtriage.fleet.journal import read_rows
from streamtriage.fleet.pipeline import read_manifest
from streamtriage.languages import translate
from streamtriage.refusal import InWordsError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from streamtriage.fleet.row import Row

__all__ = ["Course", "PastRun", "RunError", "courses", "past_run", "slow"]


class RunError(InWordsError, ValueError):
    """A folder holds no run; the message names it."""


@dataclass(frozen=True)
class PastRun:
    """One run as it lies in its folder."""

    folder: Path
    started_at: datetime
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Course:
    """One target at one vantage point over all runs; None where it was not asked."""

    name: str
    vantage: str
    rows: tuple[Row | None, ...]

    @property
    def changes(self) -> int:
        """How often the verdict was another one than the time before."""
        told = [(r.outcome, r.causes) for r in self.rows if r is not None and not r.why]
        return sum(one != other for one, other in pairwise(told))


def past_run(folder: Path) -> PastRun:
    """Read the run in a folder; raises RunError if there is none."""
    manifest = read_manifest(folder)
    with contextlib.suppress(OSError):
        if manifest is not None:
            return PastRun(folder, manifest.started_at, read_rows(folder))
    raise RunError(
        translate("There is no run of `streamtriage fleet` in {folder}.", folder=folder)
    )


def courses(runs: Sequence[PastRun]) -> tuple[Course, ...]:
    """Return the course of every target, the one that changes most often first."""
    ordered = sorted(runs, key=lambda run: run.started_at)
    by_run = [{row.key: row for row in run.rows} for run in ordered]
    keys = sorted({key for rows in by_run for key in rows})
    found = (
        Course(name, vantage, tuple(rows.get((name, vantage)) for rows in by_run))
        for name, vantage in keys
    )
    return tuple(sorted(found, key=lambda course: -course.changes))


def slow(rows: Iterable[Row], over_s: float) -> tuple[Row, ...]:
    """Return the rows whose first answer took longer than that, slowest first."""
    late = [row for row in rows if row.answer_s is not None and row.answer_s > over_s]
    return tuple(sorted(late, key=lambda row: -(row.answer_s or 0.0)))
