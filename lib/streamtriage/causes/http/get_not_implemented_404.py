"""The cause `get-not-implemented-404`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.authorship import gateway_of
from streamtriage.causes.cause import cause
from streamtriage.causes.explains import EVERY_GET, STREAM_GETS, Predicts, refused
from streamtriage.causes.first_gets import first_gets
from streamtriage.causes.get_status import ANSWER_405, ONLY_405, SPEC_GET
from streamtriage.causes.judgement import Judgement, absent, present, suspected
from streamtriage.model import CauseId, Citation, Exchange
from streamtriage.model.message import say
from streamtriage.wording import answer, counted, quoted

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["get_not_implemented_404"]

_SHOWN = refused(404, at=STREAM_GETS)


@cause(
    owner="server",
    scope="deployment configuration",
    impact="cosmetic",
    look_alike=CauseId("server-restart-session-lost"),
    remedies=("answer-405",),
    reported_as=(
        "get-not-offered",
        "get-not-offered-wrong-status",
        "wrong-status-or-body",
    ),
    issues=(
        "modelcontextprotocol/typescript-sdk#1150",
        "modelcontextprotocol/typescript-sdk#1635",
        "cline/cline#7577",
        "cline/cline#8320",
        "google-gemini/gemini-cli#5268",
        "google-gemini/gemini-cli#24838",
        "adobe/spacecat-api-service#944",
    ),
    explains=(_SHOWN,),
    predicts=(Predicts(EVERY_GET, _SHOWN),),
    fixes=ANSWER_405,
    citations=(
        SPEC_GET,
        ONLY_405,
        Citation(source="https://github.com/anthropics/claude-code/issues/62198"),
    ),
)
def get_not_implemented_404(case: Case) -> Judgement:
    """The server has no route for GET: it answers 404 where 405 is meant."""
    gets = first_gets(case)
    if isinstance(gets, Judgement):
        return gets
    if any(seen.status != 404 for seen in gets):
        odd = next(seen for seen in gets if seen.status != 404)
        return absent(say("get-not-implemented-404.absent", answer=answer(odd)), "open")
    first = gets[0]
    if first.jsonrpc_code is not None or _speaks_of_sessions(first):
        return suspected(
            say("get-not-implemented-404.suspected", first=quoted(first)),
            say("get-not-implemented-404.suspected.settle"),
            "open",
        )
    without = case.opened.none if case.opened else None
    if without is not None and without.answered and without.status not in (404, 405):
        return suspected(
            say(
                "get-not-implemented-404.suspected.a-get-with-a", answer=answer(without)
            ),
            say("get-not-implemented-404.suspected.settle.look-in-the-server"),
            "open",
        )
    who = gateway_of(first)
    by = say("get-not-implemented-404.by", who=who) if who else ""
    return present(
        say(
            "get-not-implemented-404.present",
            gets=counted(len(gets), "GET"),
            answer=answer(first),
            by=by,
        ),
        "open",
        "handshake",
        owner="proxy" if who else None,
    )


def _speaks_of_sessions(seen: Exchange) -> bool:
    return "session" in f"{seen.jsonrpc_message} {seen.excerpt}".lower()
