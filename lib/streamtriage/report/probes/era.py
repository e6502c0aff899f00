"""Which revisions of the protocol a server says it speaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import EraEvidence
from streamtriage.phrases import known
from streamtriage.report.document import Row
from streamtriage.report.probes.told import tells

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["rows"]


@tells(EraEvidence, "Which protocol revision does it speak?")
def rows(seen: EraEvidence) -> Iterator[Row]:
    """Say what was found."""
    yield Row("Speaks revision 2026-07-28 or newer", known(seen.modern))
    yield Row("Revisions that it names", ", ".join(seen.supported))
