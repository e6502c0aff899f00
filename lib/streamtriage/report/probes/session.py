"""Whether a session outlives being left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import SessionEvidence
from streamtriage.phrases import duration
from streamtriage.report.document import Row
from streamtriage.report.probes.told import answers, share, tells

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["rows"]


@tells(SessionEvidence, "Does a session outlive being left alone?")
def rows(seen: SessionEvidence) -> Iterator[Row]:
    """Say what was found."""
    yield Row("Left alone for", duration(seen.idle_s))
    yield Row("Then", answers([seen.after]))
    yield Row("One kept busy meanwhile", share(seen.busy))
