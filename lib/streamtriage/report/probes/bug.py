"""Which probe crashed: a fault of this tool."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import BugEvidence
from streamtriage.report.document import Row
from streamtriage.report.probes.told import tells

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["rows"]


@tells(BugEvidence, "What went wrong in this tool?")
def rows(seen: BugEvidence) -> Iterator[Row]:
    """Say what was found."""
    yield Row("The probe that crashed", seen.crashed)
