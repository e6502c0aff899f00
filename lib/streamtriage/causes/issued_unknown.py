"""Sessions that are unknown from the first request on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import LEGACY, cause
from streamtriage.causes.explains import ANSWERS, refused
from streamtriage.causes.hops import unseen, whose
from streamtriage.causes.identifiers import drops_every_id
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.shared_session import told_by_sharing
from streamtriage.causes.words import answer, counted, quoted, text_of
from streamtriage.model import Citation, Fix
from streamtriage.observations.broken_promise import issued_ids

if TYPE_CHECKING:
    from streamtriage.model import Exchange
    from streamtriage.observations.case import Case

__all__ = ["issued_session_unknown"]

_UNKNOWN = (400, 404, 410)
# With two replicas in turn so many refusals and no answer are no chance.
_ENOUGH = 10


@cause(
    layer="session",
    owner="server or a hop before it",
    scope="deployment configuration",
    impact="fatal",
    eras=LEGACY,
    look_alike="multi-replica-no-affinity",
    explains=(refused(*_UNKNOWN, at=ANSWERS),),
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
        return unknown("No session was issued.")
    asked = [
        seen
        for seen in case.exchanges
        if seen.session == "live" and seen.answered and seen.method != "DELETE"
    ]
    taken = [seen for seen in asked if seen.accepted]
    if taken:
        return absent(
            f"`{taken[0].label}` was answered {answer(taken[0])} in a session.",
            *case.probes_of(taken, "handshake"),
        )
    refusals = [seen for seen in asked if seen.status in _UNKNOWN]
    if not refusals or len(refusals) < len(asked):
        return absent("Sessions are refused for another reason.", "handshake")
    if (shared := told_by_sharing(case)) is not None:
        return shared
    if drops_every_id(case):
        return absent("The id is said to be missing, not to be unknown.", "handshake")
    made_up = case.opened.made_up_post if case.opened else None
    if made_up is None or not _alike(made_up, refusals):
        return absent(
            "An id that nobody issued is answered otherwise, so it is not that the "
            "session is unknown.",
            "open",
        )
    one = refusals[0]
    if not _of_sessions(case, one):
        return absent(
            f"The refusal ({answer(one)}) speaks of no session, and one without any is "
            "answered alike.",
            "open",
        )
    text = (
        f"{counted(len(issued), 'session')} were issued, and "
        f"{counted(len(refusals), 'request')} in them, from the first one on, were "
        f"answered {answer(one)}{quoted(one)}, as an id is that nobody issued"
    )
    rests = (*case.probes_of(refusals, "handshake"), "open")
    if len(refusals) < _ENOUGH:
        return suspected(
            f"{text}. That is few.", "Run the triage again.", *rests, owner=whose(case)
        )
    return present(
        f"{text}. Either no process keeps what another has issued, or the id is not "
        "the same any more when it comes back."
        f"{unseen(case, 'a process or a transport for each request')}",
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
