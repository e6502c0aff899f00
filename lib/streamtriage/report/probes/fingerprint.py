"""Which intermediaries left a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import FingerprintEvidence
from streamtriage.model.message import tell
from streamtriage.phrases import sign_words
from streamtriage.report.document import Row
from streamtriage.report.probes.told import tells

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["rows"]


@tells(FingerprintEvidence, "Who stands between client and server?")
def rows(seen: FingerprintEvidence) -> Iterator[Row]:
    """Say what was found."""
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
