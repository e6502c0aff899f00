"""The cause `get-4xx-instead-of-405`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import Taken, cause
from streamtriage.causes.explains import EVERY_GET, STREAM_GETS, Predicts, refused
from streamtriage.causes.first_gets import first_gets
from streamtriage.causes.get_status import ANSWER_405, ONLY_405, SPEC_GET
from streamtriage.causes.judgement import Judgement, absent, present, suspected
from streamtriage.model import CauseId, Citation, Exchange
from streamtriage.model.message import say
from streamtriage.wording import answer, counted, quoted

if TYPE_CHECKING:
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["get_4xx_instead_of_405"]

_SHOWN = refused(400, 406, 415, 422, 501, at=STREAM_GETS)


@cause(
    owner="server",
    scope="deployment configuration",
    impact="cosmetic",
    look_alike=CauseId("session-400-instead-of-404"),
    remedies=("answer-405",),
    reported_as=(
        "get-not-offered",
        "get-not-offered-wrong-status",
        "wrong-status-or-body",
    ),
    issues=(
        "modelcontextprotocol/typescript-sdk#1150",
        "modelcontextprotocol/typescript-sdk#1635",
        "hyperdxio/hyperdx#2686",
    ),
    taken_for_it=(
        Taken(
            cause="get-without-session-id",
            title="The client leaves the session id out of its GET",
            why="Clients log the status and never the headers that they sent, so only "
            "the server's log shows it. What a GET without an id is answered is "
            "measured (probe open) and reads as that client's 400.",
            source="https://github.com/elastic/docs-builder/pull/2726",
            grade="I",
            date="2026-11-23",
        ),
    ),
    explains=(_SHOWN,),
    predicts=(Predicts(EVERY_GET, _SHOWN),),
    fixes=ANSWER_405,
    citations=(
        SPEC_GET,
        ONLY_405,
        Citation(source="https://github.com/punkpeye/mcp-proxy/pull/62"),
    ),
)
def get_4xx_instead_of_405(case: Case) -> Judgement:
    """The server offers no GET stream but says so with another status than 405."""
    gets = first_gets(case)
    if isinstance(gets, Judgement):
        return gets
    first = gets[0]
    if any(seen.accepted for seen in gets):
        return absent(say("get-4xx-instead-of-405.absent"), "open")
    if first.status not in (400, 406, 415, 422, 501):
        return absent(
            say(
                "get-4xx-instead-of-405.absent.the-get-was-answered",
                answer=answer(first),
            ),
            "open",
        )
    if len({seen.status for seen in gets}) > 1:
        return absent(
            say("get-4xx-instead-of-405.absent.the-refusals-differ-from"), "open"
        )
    any_type = case.guard.any_accept if case.guard else None
    if first.status == 406 and any_type is not None and any_type.accepted:
        return absent(
            say("get-4xx-instead-of-405.absent.the-refusal-is-about"), "open", "guard"
        )
    typed = case.guard.typed_get if case.guard else None
    if first.status == 415 and typed is not None and typed.status != 415:
        return absent(say("get-4xx-instead-of-405.absent.the-get-is-refused"), "guard")
    issued = case.handshake is not None and case.handshake.session_issued
    named = _condition(first, issued=issued)
    if named:
        return suspected(
            say(
                "get-4xx-instead-of-405.suspected",
                answer=answer(first),
                first=quoted(first),
                named=named,
            ),
            say("get-4xx-instead-of-405.suspected.settle"),
            "open",
        )
    both = case.opened.accept_both if case.opened else None
    if both is not None and both.answered and both.status not in (first.status, 405):
        return suspected(
            say(
                "get-4xx-instead-of-405.suspected.the-get-is-answered",
                answer=answer(first),
                answer_2=answer(both),
            ),
            say("get-4xx-instead-of-405.suspected.settle.compare-the-accept-header"),
            "open",
        )
    why = "" if issued else say("get-4xx-instead-of-405.why")
    return present(
        say(
            "get-4xx-instead-of-405.present",
            gets=counted(len(gets), "GET"),
            answer=answer(first),
            why=why,
        ),
        "open",
        "handshake",
    )


def _condition(seen: Exchange, *, issued: bool) -> Text:
    """Return the condition of a refusal that another GET could meet, if one is named.

    The texts are those of the official SDKs (TypeScript, Python, C#, Go) and mcp-go.
    Where no session is ever issued, nobody can meet a condition on sessions.
    """
    text = f"{seen.jsonrpc_message} {seen.excerpt}".lower()
    always = (
        (
            "unsupported protocol version",
            say("http.condition.always.the-protocol-version-header"),
        ),
        (
            "mcp-protocol-version",
            say("http.condition.always.the-protocol-version-header"),
        ),
        ("last-event-id", say("http.condition.always.the-last-event-id")),
        (
            "must accept",
            say("http.condition.always.the-accept-header-though"),
        ),
    )
    with_sessions = (
        (
            "session already exists",
            say("http.condition.with-sessions.an-older-stream-of"),
        ),
        (
            "multiple get requests",
            say("http.condition.with-sessions.an-earlier-get-in"),
        ),
        (
            "not initialized",
            say("http.condition.with-sessions.a-server-that-was"),
        ),
        ("session", say("http.condition.with-sessions.the-session")),
    )
    asked = (*always, *with_sessions) if issued else always
    return next((name for words, name in asked if words in text), "")
