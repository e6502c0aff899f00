"""What each try to open the stream again was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import ReopenEvidence
from streamtriage.phrases import answer
from streamtriage.report.document import Row
from streamtriage.report.probes.told import tells

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model import Reopening

__all__ = ["rows"]


@tells(ReopenEvidence, "Can the stream be opened again?")
def rows(seen: ReopenEvidence) -> Iterator[Row]:
    """Say what was found."""
    yield Row("After we closed the stream", _reopened(seen.after_close))
    yield Row("After we vanished", _reopened(seen.after_vanish))


def _reopened(seen: Reopening | None) -> str:
    if seen is None:
        return "not tried"
    tries = [f"+{a.after_s:g} s: {answer(a.get)}" for a in seen.attempts]
    return "; ".join(tries) or "not tried"
