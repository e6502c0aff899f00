"""What a new session came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import HandshakeEvidence
from streamtriage.model.message import tell
from streamtriage.report.document import Row
from streamtriage.report.probes.told import tells

if TYPE_CHECKING:
    from collections.abc import Iterator


__all__ = ["rows"]


@tells(HandshakeEvidence, "Does a new session begin?")
def rows(seen: HandshakeEvidence) -> Iterator[Row]:
    """Say what was found."""
    named = " ".join(filter(None, (seen.server_name, seen.server_version)))
    yield Row("Server calls itself", named)
    yield Row("Revision agreed on", seen.revision)
    if seen.initialize:
        issued = (
            tell("report.facts.handshake.issued", session_label=seen.session_label)
            if seen.session_label
            else "yes"
        )
        yield Row("Session issued", issued if seen.session_issued else "no")
    if seen.modern_only:
        yield Row("Takes legacy clients", "no")
    yield Row("Revisions that it names", ", ".join(seen.supported))
