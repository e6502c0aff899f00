"""What requests at the end were answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import AfterwardsEvidence
from streamtriage.phrases import duration
from streamtriage.report.document import Row
from streamtriage.report.probes.told import answers, tells

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["rows"]


@tells(AfterwardsEvidence, "Do requests still work at the end?")
def rows(seen: AfterwardsEvidence) -> Iterator[Row]:
    """Say what was found."""
    yield Row("A new session at the end", answers([seen.initialize]))
    yield Row("POST at the end", answers([seen.post]))
    yield Row("GET at the end", answers([seen.get]))
    waited = duration(seen.waited_s) if seen.waited_for else ""
    yield Row("Waited for the server for", waited)
