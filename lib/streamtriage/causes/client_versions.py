"""What the causes in versions of clients have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import Fix

if TYPE_CHECKING:
    from streamtriage.model import Exchange
    from streamtriage.observations.case import Case

__all__ = ["UPDATE_CLAUDE_CODE", "refused_after_stream"]

UPDATE_CLAUDE_CODE = Fix(
    where="Claude Code",
    what="Update: from 2.1.153 on neither behaviour is left.",
    paste="claude update",
    verify="open",
)


def refused_after_stream(case: Case) -> list[Exchange]:
    """Return the GETs that were refused after a stream had been open."""
    tries = [
        attempt.get
        for each in case.reopenings
        if each.first.is_event_stream
        for attempt in each.refused
    ]
    return [get for get in tries if get.status not in (None, 405)]
