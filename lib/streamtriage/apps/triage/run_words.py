"""Which run something is of, how far it is, and what it does now, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.languages import translate
from streamtriage.report.steps import steps_of

if TYPE_CHECKING:
    from streamtriage.apps.triage.run import Run
    from streamtriage.model import Report

__all__ = ["activity", "left_words", "run_named", "run_words", "steps_words"]


def steps_words(report: Report | None, run: Run | None = None) -> str:
    """Return the steps in one line of plain words, with what is going on."""
    over = run is None or run.complete
    words = [step.line for step in steps_of(report, over=over)]
    if run is not None and run.fault:
        words.insert(0, translate("REHEARSAL"))
    if not over and run is not None:
        words.append(f"… {activity(run)}")
    return " · ".join(words)


def run_words(report: Report) -> str:
    """Say of which run something is: when it was taken, and against which server."""
    run = run_named(report)
    if report.rehearsal:
        return translate("REHEARSAL. {run}.", run=run)
    return translate("{run}.", run=run)


def run_named(report: Report) -> str:
    """Name a run within a sentence: when it was taken, and against which server."""
    return translate(
        "Run of {at:%Y-%m-%d %H:%M:%S} UTC against `{url}`",
        at=report.taken_at,
        url=report.target.url,
    )


def activity(run: Run) -> str:
    """Say what a run does now, and how long that still takes."""
    phase, left = translate(run.progress.phase), run.progress.left_s
    said = f"{phase[:1].lower()}{phase[1:]}"
    return said if left is None else left_words(said, left)


def left_words(phase: str, left_s: float) -> str:
    """Say what a run does now, already in words, and how long that still takes."""
    return translate("{phase}, {left_s:g} s left", phase=phase, left_s=left_s)
