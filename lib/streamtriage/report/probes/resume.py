"""Whether a stream can be taken up after an event."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import ResumeEvidence
from streamtriage.model.message import tell
from streamtriage.report.document import Row
from streamtriage.report.probes.told import tells

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["rows"]


@tells(ResumeEvidence, "Can a stream be taken up after an event?")
def rows(seen: ResumeEvidence) -> Iterator[Row]:
    """Say what was found."""
    if seen.source:
        yield Row(
            "Event id received",
            tell("report.access.access-facts", upper=seen.source.upper()),
        )
        expected = seen.expected
        yield Row("Events after it", "" if expected is None else str(expected))
        replayed = ", ".join(str(each.events) for each in seen.resumed)
        yield Row("Events replayed, each time", replayed)
