"""What requests beside a held stream were answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import ConcurrentEvidence
from streamtriage.report.document import Row
from streamtriage.report.probes.told import answers, tells

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["rows"]


@tells(ConcurrentEvidence, "Do requests work while a stream is held?")
def rows(seen: ConcurrentEvidence) -> Iterator[Row]:
    """Say what was found."""
    yield Row("POST before the stream", answers([seen.before]))
    yield Row("The stream", answers([seen.stream]))
    yield Row("POSTs while it was held", answers(seen.held))
    yield Row("A second session meanwhile", answers([seen.other_session]))
    yield Row("That session without the first", answers([seen.other_alone]))
    yield Row("POST after the stream was closed", answers([seen.after]))
    yield Row("POST while it was held again", answers([seen.again_held]))
    yield Row("POST after it was closed again", answers([seen.again_after]))
