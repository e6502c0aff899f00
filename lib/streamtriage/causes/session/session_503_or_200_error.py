"""The cause `session-503-or-200-error`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import refused
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.causes.session_ids import ANSWER_404, SESSION_MANAGEMENT
from streamtriage.model import CauseId, Citation, Exchange, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer, quoted

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["session_503_or_200_error"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("session-400-instead-of-404"),
    explains=(refused(200, 503, at=(Phase.SESSION,), details=("unknown-session",)),),
    fixes=(
        Fix(
            where="the server",
            what="Answer 404 to a session id that is not known.",
            paste=ANSWER_404,
            verify="open",
        ),
    ),
    citations=(
        SESSION_MANAGEMENT,
        Citation(source="https://github.com/aklivity/zilla/issues/2525", grade="I"),
    ),
)
def session_503_or_200_error(case: Case) -> Judgement:
    """A session that is not known is answered 503, or 200 with an error inside."""
    opened = case.opened
    if opened is None or opened.post is None:
        return unknown(say("session-503-or-200-error.unknown"))
    live = opened.post
    if not live.accepted or live.jsonrpc_code is not None:
        return absent(say("session-503-or-200-error.absent"), "open")
    asked = [s for s in (opened.ended_post, opened.made_up_post) if s is not None]
    odd = next((s for s in asked if _odd(s)), None)
    if odd is None:
        told = (
            say("session-503-or-200-error.told", answer=answer(asked[0]))
            if asked
            else say("session-503-or-200-error.told.not-asked-for")
        )
        return absent(
            say("session-503-or-200-error.absent.an-unknown-session-is", told=told),
            "open",
        )
    known = [s for s in case.exchanges if s.session in ("live", "none")]
    if odd.status == 503 and any(seen.status == 503 for seen in known):
        return absent(
            say(
                "session-503-or-200-error.absent.other-requests-were-answered",
                answer=answer(odd),
            ),
            "open",
        )
    inside = (
        ""
        if odd.status == 503
        else say("session-503-or-200-error.inside", jsonrpc_code=odd.jsonrpc_code)
    )
    return present(
        say(
            "session-503-or-200-error.present",
            answer=answer(odd),
            inside=inside,
            odd=quoted(odd),
        ),
        "open",
    )


def _odd(seen: Exchange) -> bool:
    return seen.status == 503 or (seen.accepted and seen.jsonrpc_code is not None)
