"""Facts of the probes that ask whether requests work: beside a stream, and at last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import (
    AfterwardsEvidence,
    ConcurrentEvidence,
    Exchange,
    SilenceEvidence,
)
from streamtriage.report.document import Row
from streamtriage.report.phrases import answer, duration

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["working_facts"]


def working_facts(
    seen: ConcurrentEvidence | AfterwardsEvidence | SilenceEvidence,
) -> Iterator[Row]:
    """Return what was found out about requests beside a stream, at last, and after."""
    if isinstance(seen, ConcurrentEvidence):
        yield Row("POST before the stream", _answers([seen.before]))
        yield Row("The stream", _answers([seen.stream]))
        yield Row("POSTs while it was held", _answers(seen.held))
        yield Row("A second session meanwhile", _answers([seen.other_session]))
        yield Row("That session without the first", _answers([seen.other_alone]))
        yield Row("POST after the stream was closed", _answers([seen.after]))
        yield Row("POST while it was held again", _answers([seen.again_held]))
        yield Row("POST after it was closed again", _answers([seen.again_after]))
    elif isinstance(seen, AfterwardsEvidence):
        yield Row("A new session at the end", _answers([seen.initialize]))
        yield Row("POST at the end", _answers([seen.post]))
        yield Row("GET at the end", _answers([seen.get]))
        waited = duration(seen.waited_s) if seen.waited_for else ""
        yield Row("Waited for the server for", waited)
    else:
        yield Row("Nothing was answered after", seen.fell_silent_after)
        yield Row("Asked whether it still answers", _answers(seen.asked_again))


def _answers(seen: Iterable[Exchange | None]) -> str:
    return "; ".join(answer(each) for each in seen if each is not None)
