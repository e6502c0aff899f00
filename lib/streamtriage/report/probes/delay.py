"""What was found of a compressed stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import DelayEvidence
from streamtriage.phrases import duration
from streamtriage.report.document import Row
from streamtriage.report.probes.told import tells

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["rows"]


@tells(DelayEvidence, "Does what is sent arrive at once?")
def rows(seen: DelayEvidence) -> Iterator[Row]:
    """Say what was found."""
    yield Row("The server's clock is behind by", duration(seen.clock_s))
    yield Row("Content coding of the stream", seen.content_encoding or "none")
