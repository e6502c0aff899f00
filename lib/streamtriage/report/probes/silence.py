"""After which request nothing was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import SilenceEvidence
from streamtriage.report.document import Row
from streamtriage.report.probes.told import answers, tells

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["rows"]


@tells(SilenceEvidence, "Does the server still answer at all?")
def rows(seen: SilenceEvidence) -> Iterator[Row]:
    """Say what was found."""
    yield Row("Nothing was answered after", seen.fell_silent_after)
    yield Row("Asked whether it still answers", answers(seen.asked_again))
