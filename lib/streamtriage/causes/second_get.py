"""A second GET of the same session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import Exchange, Fix, Reopening
from streamtriage.wording import text_of

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["NEW_SESSION", "ended_at_once", "reopenings_refused_with"]

NEW_SESSION = Fix(
    where="the client, now",
    what="Start a new session.",
    paste="/mcp reconnect NAME",
    verify="handshake",
)
# The reference client waits one second before its first try, so a stream that ends
# sooner was not worth opening.
_AT_ONCE_S = 1.0


def reopenings_refused_with(case: Case, words: str) -> list[Reopening]:
    """Return the reopenings of which a try was refused with 400 and these words."""
    return [
        r
        for r in case.reopenings
        if r.first.is_event_stream
        and any(a.get.status == 400 and words in text_of(a.get) for a in r.refused)
    ]


def ended_at_once(seen: Exchange) -> bool:
    """Tell whether a stream was opened and cleanly ended, with nothing on it."""
    return (
        seen.is_event_stream
        and seen.end is not None
        and seen.end.natural
        and seen.end.clean
        and seen.events == 0
        and seen.lived_s is not None
        and seen.lived_s < _AT_ONCE_S
    )
