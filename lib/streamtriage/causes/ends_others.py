"""Causes in a session that is ended by what another client does in its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import LEGACY, cause
from streamtriage.causes.explains import (
    ANSWERS,
    cut,
    flap,
    inconsistent,
    malformed,
    refused,
)
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import answer, quoted
from streamtriage.model import Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.observations.broken_promise import shares_session

if TYPE_CHECKING:
    from streamtriage.model import ConcurrentEvidence, Exchange
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = [
    "BY_OTHERS",
    "delete_ends_all_sessions",
    "ends_others",
    "new_session_ends_others",
]

_LOST = (400, 404, 410)
# A stream that another session's step ends does so within this time.
_AT_ONCE_S = 0.5
# What a session shows that somebody else ended.
BY_OTHERS = (
    refused(*_LOST, 409, at=ANSWERS),
    inconsistent(*_LOST, at=ANSWERS),
    cut(),
    flap((Phase.OPEN, Phase.REOPEN)),
    malformed("no-reply", "reply-cut", at=ANSWERS),
)


def ends_others(case: Case) -> bool:
    """Tell whether what one client does was seen to end the session of another."""
    found = case.concurrent
    if found is None or shares_session(case):
        return False
    return (_at_start(found) or _at_end(found)) is not None


def _at_start(found: ConcurrentEvidence) -> Exchange | None:
    """Return what was lost as soon as another session was opened, if it was."""
    first, held = found.bystander_first, found.bystander_held
    if first is None or held is None or not first.worked:
        return None
    if held.status in _LOST:
        return held
    ended = found.bystander_delete
    until_s = ended.sent_at_s if ended is not None else held.sent_at_s + _AT_ONCE_S
    cut = _cut_between(found, first.sent_at_s, until_s)
    return found.bystander_stream if cut else None


def _at_end(found: ConcurrentEvidence) -> Exchange | None:
    """Return what was lost as soon as another session was ended, if it was."""
    held, ended = found.bystander_held, found.bystander_delete
    after = found.bystander_after
    if held is None or ended is None or after is None or not held.worked:
        return None
    if _at_start(found) is not None or not ended.accepted:
        return None
    if after.status in _LOST:
        return after
    cut = _cut_between(found, ended.sent_at_s, after.sent_at_s + _AT_ONCE_S)
    return found.bystander_stream if cut else None


def _cut_between(found: ConcurrentEvidence, from_s: float, until_s: float) -> bool:
    """Tell whether the bystander's stream ended by itself between two moments."""
    seen = found.bystander_stream
    if seen is None or seen.end is None or not seen.end.natural:
        return False
    return from_s <= (seen.ended_at_s or 0.0) <= until_s


def _told(seen: Exchange) -> Text:
    """Return what became of the session, as the end of a sentence."""
    if seen.method == "GET":
        return say("ends-others.told")
    return say(
        "ends-others.told.post-in-it-was", answer=answer(seen), seen=quoted(seen)
    )


def _two_sessions(case: Case) -> ConcurrentEvidence | Judgement:
    """Return what was asked of two sessions, or why nothing can be said of them."""
    found = case.concurrent
    if found is None or found.other_session is None or found.after is None:
        return unknown(say("ends-others.not-asked.unknown"))
    if shares_session(case):
        return absent(
            say("ends-others.not-asked.absent.clients-share-a-session"), "concurrent"
        )
    if found.bystander_first is None:
        if found.after.worked:
            return absent(
                say("ends-others.not-asked.absent"),
                "concurrent",
            )
        return unknown(say("ends-others.not-asked.unknown.it-was-not-asked"))
    return found


@cause(
    layer="session",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=LEGACY,
    look_alike="server-restart-session-lost",
    explains=BY_OTHERS,
    fixes=(
        Fix(
            where="a TypeScript server",
            what="In the DELETE handler close the transport of that session alone.",
            paste="const id = req.headers['mcp-session-id'];\n"
            "await transports[id]?.close();  // not: server.close()\n"
            "delete transports[id];",
            verify="concurrent",
        ),
        Fix(
            where="a server that keeps its sessions in a store",
            what="Delete the one key, not the whole store.",
            paste='redis.delete(f"mcp:session:{session_id}")  # not: flushdb()',
            verify="concurrent",
        ),
    ),
    citations=(
        Citation(
            source="MCP 2025-11-25, basic/transports, Session Management: DELETE with "
            "the session id terminates that session"
        ),
    ),
)
def delete_ends_all_sessions(case: Case) -> Judgement:
    """One client's DELETE ends the sessions of all others."""
    found = _two_sessions(case)
    if isinstance(found, Judgement):
        return found
    lost = _at_end(found)
    if lost is None:
        return absent(
            say("delete-ends-all-sessions.absent"),
            "concurrent",
        )
    twice = found.after is not None and found.after.status in _LOST
    return present(
        say(
            "delete-ends-all-sessions.present",
            told=_told(lost),
            say=say("delete-ends-all-sessions.present.it-was-so") if twice else "",
        ),
        "concurrent",
    )


@cause(
    layer="session",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=LEGACY,
    look_alike="server-restart-session-lost",
    explains=BY_OTHERS,
    fixes=(
        Fix(
            where="a TypeScript server",
            what="Keep a transport for each session, not one variable for all.",
            paste="const transports = {};  // not: let transport;\n"
            "transports[id] = new StreamableHTTPServerTransport({ ... });",
            verify="concurrent",
        ),
        Fix(
            where="a server that allows each user one session",
            what="Allow as many as the person has clients and windows.",
            paste="max_sessions_per_user: 20",
            verify="concurrent",
        ),
    ),
    citations=(
        Citation(
            source="MCP 2025-11-25, basic/transports, Session Management: a server may "
            "terminate a session at any time"
        ),
    ),
)
def new_session_ends_others(case: Case) -> Judgement:
    """A new session ends the one before: two clients take turns in losing theirs."""
    found = _two_sessions(case)
    if isinstance(found, Judgement):
        return found
    lost = _at_start(found)
    if lost is None:
        return absent(say("new-session-ends-others.absent"), "concurrent")
    text = say("new-session-ends-others.text", told=_told(lost))
    if found.after is not None and found.after.worked and lost.method != "GET":
        return suspected(
            say("new-session-ends-others.suspected", text=text),
            say("new-session-ends-others.suspected.settle"),
            "concurrent",
        )
    return present(
        say("new-session-ends-others.present", text=text),
        "concurrent",
    )
