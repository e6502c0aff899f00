"""How long silent streams were watched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import HoldEvidence
from streamtriage.phrases import duration
from streamtriage.report.document import Row
from streamtriage.report.probes.told import tells

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["rows"]


@tells(HoldEvidence, "How long does a silent stream live?")
def rows(seen: HoldEvidence) -> Iterator[Row]:
    """Say what was found."""
    yield Row("Watched for at most", duration(seen.asked_s))
    yield Row("Streams watched", str(len(seen.watches)))
