"""What each probe saw, as pairs of words, and the exchanges that it rests on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pydantic import BaseModel

from streamtriage.model import (
    BugEvidence,
    EraEvidence,
    Exchange,
    HandshakeEvidence,
    HoldEvidence,
    ReachEvidence,
    ReopenEvidence,
)
from streamtriage.report.wording import (
    ENDS,
    FAILURES,
    NOTHING,
    answer,
    count,
    duration,
    known,
    size,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model import (
        Address,
        Evidence,
        Reopening,
        TlsFacts,
    )

__all__ = [
    "EXCHANGE_COLUMNS",
    "QUESTIONS",
    "Row",
    "body",
    "exchange_cells",
    "exchanges",
    "facts",
    "question",
]

QUESTIONS = {
    "reach": "Can the server be reached?",
    "era": "Which protocol revision does it speak?",
    "handshake": "Does a new session begin?",
    "open": "Is the event stream opened?",
    "reopen": "Can the stream be opened again?",
    "hold": "How long does a silent stream live?",
    "bug": "What went wrong in this tool?",
}

EXCHANGE_COLUMNS = (
    "Request",
    "Answer",
    "Content type",
    "Head after",
    "First byte after",
    "Open for",
    "Received",
    "How it ended",
)


class Row(NamedTuple):
    """One named fact."""

    name: str
    value: str


def question(probe: str) -> str:
    """Return the question that a probe answers."""
    return QUESTIONS.get(probe, probe)


def exchanges(seen: BaseModel) -> tuple[Exchange, ...]:
    """Return every exchange inside one probe's evidence, in the order of the story."""
    # A watched stream is also the first exchange of its own reopening.
    return tuple(dict.fromkeys(_unique(seen)).values()) if False else tuple(_once(seen))


def facts(seen: Evidence) -> tuple[Row, ...]:
    """Return what one probe found out, apart from its exchanges."""
    return tuple(row for row in _facts(seen) if row.value)
