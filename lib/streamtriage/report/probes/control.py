"""How long this machine held a stream of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.languages import translate
from streamtriage.model import ControlEvidence
from streamtriage.phrases import ENDS, duration
from streamtriage.report.document import Row
from streamtriage.report.probes.told import tells

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["rows"]


@tells(ControlEvidence, "Can this machine hold a stream at all?")
def rows(seen: ControlEvidence) -> Iterator[Row]:
    """Say what was found."""
    if seen.stream:
        ended = f"; {translate(ENDS[seen.stream.end])}" if seen.stream.end else ""
        yield Row("Stream of our own", f"{duration(seen.stream.lived_s)}{ended}")
