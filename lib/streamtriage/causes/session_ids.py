"""Sessions that a server no longer knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import Citation
from streamtriage.wording import text_of

if TYPE_CHECKING:
    from streamtriage.model import Exchange, Reopening
    from streamtriage.observations.case import Case

__all__ = [
    "ANSWER_404",
    "SESSION_MANAGEMENT",
    "drops_every_id",
    "misses_id",
    "new_session_works",
    "session_lost",
]

SESSION_MANAGEMENT = Citation(
    source="MCP 2025-11-25, basic/transports, Session Management"
)
ANSWER_404 = (
    "res.status(404).json({ jsonrpc: '2.0', id: null,\n"
    "  error: { code: -32001, message: 'Session not found' } });"
)


def drops_every_id(case: Case) -> bool:
    """Tell whether each POST in a session is refused because it has no session id."""
    missed = [seen for seen in case.posts if seen.answered]
    return bool(missed) and all(misses_id(seen) for seen in missed)


def misses_id(seen: Exchange) -> bool:
    """Tell whether this refusal says that no session id came."""
    return seen.status == 400 and _misses(seen)


def _misses(seen: Exchange) -> bool:
    """True when the text says that no id came at all, not that it is unknown."""
    text = text_of(seen)
    none = any(word in text for word in ("missing", "required", "requires"))
    return none and ("session id" in text or "session-id" in text)


def session_lost(reopening: Reopening) -> bool:
    """True when GET and POST of a session that had worked are both refused as unknown.

    404 is what revision 2025-11-25 prescribes, 400 what many servers say instead; a new
    session is then accepted with the same headers, so nothing but the session is old.
    """
    if not (reopening.first.is_event_stream and reopening.refused and reopening.posts):
        return False
    get, post = reopening.refused[-1].get, reopening.posts[0]
    return (
        not reopening.attempts[-1].get.accepted
        and get.status in (400, 404)
        and post.status in (400, 404)
    )


def new_session_works(reopening: Reopening) -> bool:
    """Tell whether a new session was accepted after the old one was refused."""
    return reopening.fresh is not None and reopening.fresh.accepted
