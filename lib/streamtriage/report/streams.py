"""What the probes of streams and of the way to the server saw, as pairs of words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import (
    DelayEvidence,
    FingerprintEvidence,
    LifetimeEvidence,
    ListenEvidence,
)
from streamtriage.model.message import tell
from streamtriage.report.document import Row
from streamtriage.report.phrases import duration, known, sign_words

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["stream_facts"]


def stream_facts(
    seen: LifetimeEvidence | DelayEvidence | ListenEvidence | FingerprintEvidence,
) -> Iterator[Row]:
    """Return what one of these probes found out."""
    if isinstance(seen, LifetimeEvidence):
        yield Row("The server could be made to write", known(seen.provoked))
        yield Row("Messages provoked", str(seen.noises or ""))
    elif isinstance(seen, DelayEvidence):
        yield Row("The server's clock is behind by", duration(seen.clock_s))
        yield Row("Content coding of the stream", seen.content_encoding or "none")
    elif isinstance(seen, ListenEvidence):
        yield Row("Streams opened", str(len(seen.streams)))
        yield Row("Began with an acknowledgement", known(seen.acknowledged))
    else:
        yield from _traces(seen)


def _traces(seen: FingerprintEvidence) -> Iterator[Row]:
    for hop in seen.hops:
        sure = "certain" if hop.certainty == "decisive" else "likely"
        yield Row(
            hop.name,
            tell(
                "report.streams.traces",
                sure=sure,
                sign=sign_words(hop.sign),
                limits=hop.limits,
            ),
        )
    if not seen.hops:
        yield Row("Intermediaries", "no trace of any, which proves nothing")
    yield Row("The server speaks like", seen.server)
