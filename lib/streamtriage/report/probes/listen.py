"""What long streams of revision 2026-07-28 came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import ListenEvidence
from streamtriage.phrases import known
from streamtriage.report.document import Row
from streamtriage.report.probes.told import tells

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["rows"]


@tells(ListenEvidence, "Does the long stream of revision 2026-07-28 stay open?")
def rows(seen: ListenEvidence) -> Iterator[Row]:
    """Say what was found."""
    yield Row("Streams opened", str(len(seen.streams)))
    yield Row("Began with an acknowledgement", known(seen.acknowledged))
