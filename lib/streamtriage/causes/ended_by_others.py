"""A session that ends by what another client does in its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.explains import (
    ANSWERS,
    cut,
    flap,
    inconsistent,
    malformed,
    refused,
)
from streamtriage.causes.judgement import Judgement, absent, unknown
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.observations.broken_promise import shares_session
from streamtriage.wording import answer, quoted

if TYPE_CHECKING:
    from streamtriage.model import ConcurrentEvidence, Exchange
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = [
    "BY_OTHERS",
    "LOST_STATUSES",
    "ends_others",
    "lost_at_end",
    "lost_at_start",
    "say_lost",
    "two_sessions",
]

LOST_STATUSES = (400, 404, 410)
# A stream that another session's step ends does so within this time.
_AT_ONCE_S = 0.5
# What a session shows that somebody else ended.
BY_OTHERS = (
    refused(*LOST_STATUSES, 409, at=ANSWERS),
    inconsistent(*LOST_STATUSES, at=ANSWERS),
    cut(),
    flap((Phase.OPEN, Phase.REOPEN)),
    malformed("no-reply", "reply-cut", at=ANSWERS),
)


def ends_others(case: Case) -> bool:
    """Tell whether what one client does was seen to end the session of another."""
    found = case.concurrent
    if found is None or shares_session(case):
        return False
    return (lost_at_start(found) or lost_at_end(found)) is not None


def lost_at_start(found: ConcurrentEvidence) -> Exchange | None:
    """Return what was lost as soon as another session was opened, if it was."""
    first, held = found.bystander_first, found.bystander_held
    if first is None or held is None or not first.worked:
        return None
    if held.status in LOST_STATUSES:
        return held
    ended = found.bystander_delete
    until_s = ended.sent_at_s if ended is not None else held.sent_at_s + _AT_ONCE_S
    cut = _cut_between(found, first.sent_at_s, until_s)
    return found.bystander_stream if cut else None


def lost_at_end(found: ConcurrentEvidence) -> Exchange | None:
    """Return what was lost as soon as another session was ended, if it was."""
    held, ended = found.bystander_held, found.bystander_delete
    after = found.bystander_after
    if held is None or ended is None or after is None or not held.worked:
        return None
    if lost_at_start(found) is not None or not ended.accepted:
        return None
    if after.status in LOST_STATUSES:
        return after
    cut = _cut_between(found, ended.sent_at_s, after.sent_at_s + _AT_ONCE_S)
    return found.bystander_stream if cut else None


def _cut_between(found: ConcurrentEvidence, from_s: float, until_s: float) -> bool:
    """Tell whether the bystander's stream ended by itself between two moments."""
    seen = found.bystander_stream
    if seen is None or seen.end is None or not seen.end.natural:
        return False
    return from_s <= (seen.ended_at_s or 0.0) <= until_s


def say_lost(seen: Exchange) -> Text:
    """Return what became of the session, as the end of a sentence."""
    if seen.method == "GET":
        return say("ends-others.told")
    return say(
        "ends-others.told.post-in-it-was", answer=answer(seen), seen=quoted(seen)
    )


def two_sessions(case: Case) -> ConcurrentEvidence | Judgement:
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
