"""What the command line says and writes: progress, interim verdict, files."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from streamtriage.error_text.large import telling_part
from streamtriage.redaction import last_look

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtriage.model import Outcome, Report
    from streamtriage.triage import Progress

__all__ = ["EXIT_CODES", "ProgressLine", "read_bounded", "write"]

EXIT_CODES: dict[Outcome, int] = {
    "healthy": 0,
    "cause-present": 1,
    "not-reproduced": 3,
    "could-not-tell": 3,
    "tool-fault": 4,
}
# A log that is followed by a person needs no line a second.
LINE_EVERY_S = 15


class ProgressLine:
    """Progress on standard error: one line rewritten on a terminal, else few lines."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._phase = ""

    def show(self, progress: Progress) -> None:
        left = progress.left_s
        text = progress.phase if left is None else f"{progress.phase}: {left:g} s left"
        if self._terminal:
            sys.stderr.write(f"\r\x1b[2K{text} …")
        elif progress.phase != self._phase or (left or 1) % LINE_EVERY_S == 0:
            sys.stderr.write(f"{text}\n")
        self._phase = progress.phase
        sys.stderr.flush()

    def interim(self, report: Report) -> None:
        self.end()
        sys.stderr.write(
            f"So far: {report.verdict.summary}\n"
            "The watch goes on; Ctrl-C ends it and keeps what was seen.\n"
        )

    def end(self) -> None:
        if self._terminal:
            sys.stderr.write("\r\x1b[2K")


def read_bounded(name: str) -> str:
    """Return a file's text, or standard input's for `-`, read to its end.

    Of a large one the parts that tell something; see `error_text.large`. Raises OSError
    if it cannot be read.
    """
    if name == "-":
        return telling_part(sys.stdin.buffer)
    with Path(name).open("rb", buffering=0) as file:
        return telling_part(file)


def write(target: str, text: str, secrets: Iterable[str] = ()) -> None:
    """Write to a file, or to standard output for `-`, after a last look at the text."""
    text = last_look(text, secrets)
    if target == "-":
        sys.stdout.write(text if text.endswith("\n") else f"{text}\n")
        return
    path = Path(target)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
