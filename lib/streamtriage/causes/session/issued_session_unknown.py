"""The cause `issued-session-unknown`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import LEGACY, cause
from streamtriage.causes.explains import ANSWERS, Predicts, refused
from streamtriage.causes.intermediaries import unseen, whose
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.session_ids import drops_every_id
from streamtriage.causes.shared_sessions import told_by_sharing
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.roles import Role
from streamtriage.observations.broken_promise import issued_ids
from streamtriage.wording import answer, counted, quoted, text_of

if TYPE_CHECKING:
    from streamtriage.model import Exchange
    from streamtriage.observations.case import Case

__all__ = ["issued_session_unknown"]

_UNKNOWN = (400, 404, 410)
# With two replicas in turn so many refusals and no answer are no chance.
_ENOUGH = 10
_SHOWN = refused(*_UNKNOWN, at=ANSWERS)


@cause(
    owner="server or a hop before it",
    scope="deployment configuration",
    impact="fatal",
    eras=LEGACY,
    look_alike=CauseId("multi-replica-no-affinity"),
    explains=(_SHOWN,),
    predicts=(Predicts((Role.POST,), _SHOWN),),
    fixes=(
        Fix(
            where="a server without memory (a function for each request)",
            what="Run it without sessions, or keep them in a store.",
            paste="{ sessionIdGenerator: undefined }  // of the server's transport",
            verify="handshake",
        ),
        Fix(
            where="a hop on the way",
            what="Pass Mcp-Session-Id on in both directions, letter by letter.",
            paste="proxy_pass_request_headers on;\n"
            "proxy_set_header Mcp-Session-Id $http_mcp_session_id;",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(
            source="MCP 2025-11-25, basic/transports, Session Management: clients MUST "
            "include the id in all later requests"
        ),
    ),
)
def issued_session_unknown(case: Case) -> Judgement:
    """No session is known to the server right after it was issued."""
    issued = issued_ids(case)
    if not issued:
        return unknown(say("issued-session-unknown.unknown"))
    # What the guard's questions bear in other headers, the session is the same.
    guarded = case.guard.exchanges if case.guard is not None else ()
    asked = [
        seen
        for seen in (*case.exchanges, *guarded)
        if seen.session == "live" and seen.answered and seen.method != "DELETE"
    ]
    taken = [seen for seen in asked if seen.accepted]
    if taken:
        return absent(
            say(
                "issued-session-unknown.absent",
                label=taken[0].label,
                answer=answer(taken[0]),
            ),
            *case.probes_of(taken, "handshake"),
        )
    refusals = [seen for seen in asked if seen.status in _UNKNOWN]
    if not refusals or len(refusals) < len(asked):
        return absent(
            say("issued-session-unknown.absent.sessions-are-refused-for"), "handshake"
        )
    if (shared := told_by_sharing(case)) is not None:
        return shared
    if drops_every_id(case):
        return absent(say("issued-session-unknown.absent.the-id-is-said"), "handshake")
    made_up = case.opened.made_up_post if case.opened else None
    if made_up is None or not _alike(made_up, refusals):
        return absent(
            say("issued-session-unknown.absent.an-id-that-nobody"),
            "open",
        )
    one = refusals[0]
    if not _of_sessions(case, one):
        return absent(
            say(
                "issued-session-unknown.absent.the-refusal-speaks-of",
                answer=answer(one),
            ),
            "open",
        )
    text = say(
        "issued-session-unknown.text",
        sessions=counted(len(issued), "session"),
        requests=counted(len(refusals), "request"),
        answer=answer(one),
        one=quoted(one),
    )
    rests = (*case.probes_of(refusals, "handshake"), "open")
    if len(refusals) < _ENOUGH:
        return suspected(
            say("issued-session-unknown.suspected", text=text),
            say("issued-session-unknown.suspected.settle"),
            *rests,
            owner=whose(case),
        )
    return present(
        say(
            "issued-session-unknown.present",
            text=text,
            unseen=unseen(case, say("issued-session-unknown.present.a-process-or")),
        ),
        *rests,
        owner=whose(case),
    )


def _of_sessions(case: Case, refusal: Exchange) -> bool:
    """Tell whether it is the session that is refused, by words or by comparison."""
    opened = case.opened
    none, live = (opened.none, opened.live) if opened else (None, None)
    if "session" in text_of(refusal):
        return True
    if none is None or live is None or not (none.answered and live.answered):
        return False
    return (none.status, none.excerpt) != (live.status, live.excerpt)


def _alike(bogus: Exchange, refusals: list[Exchange]) -> bool:
    posts = [seen for seen in refusals if seen.method == "POST"]
    same = (bogus.status, bogus.jsonrpc_code)
    return bool(posts) and all((s.status, s.jsonrpc_code) == same for s in posts)
