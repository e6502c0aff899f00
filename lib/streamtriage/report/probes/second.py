"""How a second stream is taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import SecondEvidence
from streamtriage.phrases import duration, known
from streamtriage.report.document import Row
from streamtriage.report.probes.told import answers, tells

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["rows"]


@tells(SecondEvidence, "How is a second stream taken?")
def rows(seen: SecondEvidence) -> Iterator[Row]:
    """Say what was found."""
    yield Row("A GET beside an open stream", answers([seen.beside]))
    if seen.first_went_on is not None:
        yield Row("The first stream went on", known(seen.first_went_on))
    if seen.tries:
        freed = duration(seen.freed_s) if seen.freed_s is not None else "not seen"
        yield Row("Free again after the first vanished", freed)
