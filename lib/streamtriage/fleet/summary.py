"""A run in words: what the terminal shows while it goes on, and at its end."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

from streamtriage.escapes import may_escape
from streamtriage.exit_codes import (
    CAUSE_PRESENT,
    COULD_NOT_TELL,
    HEALTHY,
    TOOL_FAULT,
)
from streamtriage.fleet.answer import SYMBOLS, counted, differing, grouped, whose
from streamtriage.model import Status
from streamtriage.outbox import Outbox

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from streamtriage.fleet.answer import Group
    from streamtriage.fleet.row import Row
    from streamtriage.fleet.run import FleetProgress

__all__ = ["FleetLine", "exit_code", "summary"]

_MOST_LINES = 40
_SAY_EVERY = 10
_MINUTE = 60


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
        self._stream, self._outbox = stream, Outbox()
        self._terminal = may_escape(stream)
        self._said = -1
        self._begun: tuple[float, int] | None = None

    def dashboard(self, link: str) -> None:
        self._tell(f"Dask's own dashboard: {link}\n" if link else "")

    def _tell(self, text: str) -> None:
        self._outbox.tell(text, self._stream)

    def show(self, now: FleetProgress) -> None:
        step = now.done * _SAY_EVERY // max(now.total, 1)
        left = self._left(now)
        if self._terminal:
            waits = f", left alone: {', '.join(now.waiting)}" if now.waiting else ""
            self._tell(
                f"\r\x1b[2K{now.done} of {now.total} done, "
                f"{now.asking} asked now{left}{waits}"
            )
        elif step != self._said:
            self._tell(f"{now.done} of {now.total} done{left}\n")
        self._said = step

    def _left(self, now: FleetProgress) -> str:
        """Say how long the rest takes at the pace of this run, once it has one."""
        at_s = time.monotonic()
        # What an earlier run has done took no time of this one.
        begun_s, done = self._begun = self._begun or (at_s, now.done)
        if now.done <= done or now.done >= now.total:
            return ""
        left_s = (at_s - begun_s) / (now.done - done) * (now.total - now.done)
        if left_s < _MINUTE:
            return f", about {max(left_s, 1):.0f} s left"
        return f", about {left_s / _MINUTE:.0f} min left"

    def end(self) -> None:
        if self._terminal:
            self._tell("\r\x1b[2K")


def summary(folder: Path, rows: Sequence[Row]) -> str:
    """Return the end: how many of which verdict, what to mend, and what differs."""
    lines = [counted(rows), ""]
    groups = grouped(rows)
    lines += [line for group in groups[:_MOST_LINES] for line in _lines(group)]
    if len(groups) > _MOST_LINES:
        lines.append(f"… and {len(groups) - _MOST_LINES} more in the table.")
    across = differing(folder, rows)
    if across:
        lines += ["", "What differs between vantage points:"]
        lines += [f"  {target}: {said}" for target, said in across[:_MOST_LINES]]
    lines += ["", f"Kept in {folder}: fleet.parquet, fleet.jsonl, reports/."]
    return "\n".join(lines)


def _lines(group: Group) -> tuple[str, ...]:
    """Return a cause in a line, and under it one row to look at."""
    first = group.rows[0]
    sure = "suspected: " if group.sure is Status.SUSPECTED else ""
    said = f"{sure}{group.cause} · {group.impact} · {whose(group.owner)}"
    kept = f" ({first.report})" if first.report else ""
    why = f": {first.summary}" if first.why else ""
    symbol = SYMBOLS[first.outcome]
    return (
        f"{symbol} {len(group.rows):>4} × {said}",
        f"         e.g. {first.name} from {first.vantage}{kept}{why}",
    )
