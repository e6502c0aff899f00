"""Which header is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import GuardEvidence
from streamtriage.phrases import known
from streamtriage.report.document import Row
from streamtriage.report.probes.told import tells

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["rows"]


@tells(GuardEvidence, "Which header is refused?")
def rows(seen: GuardEvidence) -> Iterator[Row]:
    """Say what was found."""
    yield Row("A preflight lacks", ", ".join(seen.preflight_lacks))
    if seen.exposes_session is not None:
        yield Row("Session id readable in a browser", known(seen.exposes_session))
