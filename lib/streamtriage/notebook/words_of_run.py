"""Which run something is of, how far it is, and what it does now, in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.report.steps import steps_of

if TYPE_CHECKING:
    from streamtriage.model import Report
    from streamtriage.notebook.run import Run

__all__ = ["activity", "run_words", "steps_words"]


def steps_words(report: Report | None, run: Run | None = None) -> str:
    """Return the steps in one line of plain words, with what is going on."""
    over = run is None or run.complete
    words = [step.line for step in steps_of(report, over=over)]
    if run is not None and run.fault:
        words.insert(0, "REHEARSAL")
    if not over and run is not None:
        words.append(f"… {activity(run)}")
    return " · ".join(words)


def run_words(report: Report) -> str:
    """Say of which run something is: when it was taken, and against which server."""
    played = "REHEARSAL. " if report.rehearsal else ""
    return (
        f"{played}Run of {report.taken_at:%Y-%m-%d %H:%M:%S} UTC against "
        f"`{report.target.url}`."
    )


def activity(run: Run) -> str:
    """Say what a run does now, and how long that still takes."""
    phase, left = run.progress.phase, run.progress.left_s
    rest = "" if left is None else f", {left:g} s left"
    return f"{phase[:1].lower()}{phase[1:]}{rest}"
