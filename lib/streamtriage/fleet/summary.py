"""A run in words: what the terminal shows while it goes on, and at its end."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TextIO

from streamtriage.exit_codes import (
    CAUSE_PRESENT,
    COULD_NOT_TELL,
    HEALTHY,
    TOOL_FAULT,
)
from streamtriage.fleet.conduct import compared

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from streamtriage.fleet.rows import Row
    from streamtriage.fleet.run import FleetProgress
    from streamtriage.model import Outcome

__all__ = ["SYMBOLS", "WORDS", "FleetLine", "exit_code", "fault_of", "summary"]

# A verdict is never told by colour alone.
SYMBOLS: dict[Outcome, str] = {
    "healthy": "✓",
    "cause-present": "✗",
    "not-reproduced": "○",
    "could-not-tell": "?",
    "tool-fault": "!",
}
WORDS: dict[Outcome, str] = {
    "healthy": "nothing is wrong",
    "cause-present": "a cause was found",
    "not-reproduced": "the pasted error did not come up",
    "could-not-tell": "could not tell",
    "tool-fault": "the tool itself failed",
}
_MOST_LINES = 40
_SAY_EVERY = 10


def fault_of(row: Row) -> str:
    """Return what stands beside the symbol of a row: its causes, or why none."""
    if row.why:
        return row.why
    return ", ".join(row.causes or row.suspected) or WORDS[row.outcome]


def exit_code(rows: Sequence[Row], *, some_were_bad: bool) -> int:
    """Return what a build goes by: 0 only where somebody was asked, and all are well.

    `some_were_bad` says that rows of the list were left out, so not asked.
    """
    outcomes = {row.outcome for row in rows}
    if "tool-fault" in outcomes:
        return TOOL_FAULT
    if "cause-present" in outcomes:
        return CAUSE_PRESENT
    untold = outcomes & {"could-not-tell", "not-reproduced"}
    return COULD_NOT_TELL if some_were_bad or untold or not rows else HEALTHY


class FleetLine:
    """Progress on standard error: one line rewritten on a terminal, else few lines."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._terminal = stream.isatty()
        self._said = -1

    def dashboard(self, link: str) -> None:
        self._stream.write(f"Dask's own dashboard: {link}\n" if link else "")
        self._stream.flush()

    def show(self, now: FleetProgress) -> None:
        step = now.done * _SAY_EVERY // max(now.total, 1)
        if self._terminal:
            waits = f", left alone: {', '.join(now.waiting)}" if now.waiting else ""
            self._stream.write(
                f"\r\x1b[2K{now.done} of {now.total} done, "
                f"{now.asking} asked now{waits}"
            )
        elif step != self._said:
            self._stream.write(f"{now.done} of {now.total} done\n")
        self._said = step
        self._stream.flush()

    def end(self) -> None:
        if self._terminal:
            self._stream.write("\r\x1b[2K")


def summary(folder: Path, rows: Sequence[Row]) -> str:
    """Return the end: how many of which verdict, what is wrong, and what differs."""
    counts = Counter(row.outcome for row in rows)
    told = [
        f"{SYMBOLS[name]} {counts[name]} {words}"
        for name, words in WORDS.items()
        if counts[name]
    ]
    lines = [f"{len(rows)} rows: {'; '.join(told)}.", ""]
    wrong = sorted(
        (row for row in rows if row.outcome != "healthy"), key=lambda row: row.key
    )
    lines += [_line(row) for row in wrong[:_MOST_LINES]]
    if len(wrong) > _MOST_LINES:
        lines.append(f"… and {len(wrong) - _MOST_LINES} more in the table.")
    across = [
        f"  {each.target}: {finding.title} ({finding.status}). {finding.because}"
        for each in compared(folder, rows)
        for finding in each.leading
    ]
    if across:
        lines += ["", "Compared across vantage points:", *across[:_MOST_LINES]]
    lines += ["", f"Kept in {folder}: fleet.parquet, fleet.jsonl, reports/."]
    return "\n".join(lines)


def _line(row: Row) -> str:
    said = f"  {SYMBOLS[row.outcome]} {row.name} from {row.vantage}: {fault_of(row)}"
    return f"{said}. {row.summary}" if row.why else said
