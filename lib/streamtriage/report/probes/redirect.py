"""Where redirects led."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import RedirectEvidence
from streamtriage.model.message import tell
from streamtriage.phrases import answer
from streamtriage.report.document import Row
from streamtriage.report.probes.told import tells

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["rows"]


@tells(RedirectEvidence, "Where does the URL lead?")
def rows(seen: RedirectEvidence) -> Iterator[Row]:
    """Say what was found."""
    for hop in seen.hops:
        went = "followed" if hop.followed else "not followed"
        text = tell(
            "report.path-facts.path-facts.text",
            answer=answer(hop.exchange),
            location=hop.location,
            went=went,
        )
        yield Row("Redirect", text)
    yield Row("Asked from then on at", seen.final_url)
