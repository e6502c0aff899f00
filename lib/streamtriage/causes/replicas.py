"""Causes in where a session lives, and which requests find it there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.ends_others import ends_others
from streamtriage.causes.explains import ANSWERS, inconsistent, refused
from streamtriage.causes.fixes import recognised
from streamtriage.causes.hops import whose
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.shared_session import told_by_sharing
from streamtriage.causes.words import answer, counted, quoted, seconds, text_of
from streamtriage.model import Citation, Exchange, Fix
from streamtriage.model.observation import Phase
from streamtriage.observations.inconsistent import in_turns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.observations.case import Case

__all__ = [
    "multi_replica_no_affinity",
    "session_idle_reaped",
]

_SESSIONS = Citation(source="MCP 2025-11-25, basic/transports, Session Management")
# With eight accepted tries two replicas would have been missed in 0.4 % of triages.
_ENOUGH = 8
_ANY_ID = (
    "The server accepts ids that it never issued, so that it accepts ours proves "
    "nothing."
)


@cause(
    layer="session",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    look_alike="server-restart-session-lost",
    explains=(
        refused(range(400, 500), at=ANSWERS),
        inconsistent(range(400, 500), at=ANSWERS),
    ),
    fixes=(
        Fix(
            where="the server",
            what="Run it without sessions, so that every replica can answer.",
            paste="mcp.run(transport='http', stateless_http=True)  # FastMCP\n"
            "new StreamableHTTPServerTransport({ sessionIdGenerator: undefined })",
            verify="replicas",
        ),
        Fix(
            where="the deployment",
            what="Run one replica until sessions are shared.",
            paste="kubectl scale deployment/mcp-server --replicas=1",
            verify="replicas",
        ),
        Fix(
            where="HAProxy",
            what="Learn which server issued a session id, and send it there again. "
            "Hashing the id cannot work: it is issued after the first routing.",
            paste="stick-table type string len 64 size 100k expire 1h\n"
            "stick store-response res.hdr(Mcp-Session-Id)\n"
            "stick match req.hdr(Mcp-Session-Id)",
            verify="replicas",
        ),
    ),
    citations=(
        Citation(source="https://github.com/jlowin/fastmcp/issues/1003", grade="I"),
        Citation(
            source="https://github.com/agentic-community/mcp-gateway-registry/issues/960",
            grade="I",
        ),
        _SESSIONS,
    ),
)
def multi_replica_no_affinity(case: Case) -> Judgement:
    """Several replicas share the URL, and only one of them knows the session."""
    greeted, opened = case.handshake, case.opened
    if greeted is None or not greeted.revision:
        return unknown("No session was opened.")
    if not greeted.session_issued:
        return absent("The server issues no sessions.", "handshake")
    if case.replicas is None or not case.replicas.without_cookies:
        return _by_other_requests(case)
    seen = case.replicas.without_cookies
    accepted = sum(each.accepted for each in seen)
    kept = case.replicas.with_cookies
    by_cookie = bool(kept) and all(each.accepted for each in kept)
    bogus = case.replicas.made_up or (opened.made_up_post if opened else None)
    if accepted == len(seen) and bogus is not None and bogus.accepted:
        return unknown(_ANY_ID)
    if accepted == len(seen):
        return absent(
            f"{len(seen)} requests, each on a fresh connection, were all accepted; "
            "affinity by client address cannot be excluded from one address.",
            "replicas",
        )
    refused = next(each for each in seen if not each.accepted)
    if (refused.status or 0) >= 500 and "session" not in text_of(refused):
        return _overload(case, refused)
    if not in_turns(case):
        return absent(
            f"The session was refused {_when(seen)} ({answer(refused)}), not in turns.",
            "replicas",
        )
    if ends_others(case):
        return absent("What another session of ours does ends it.", "concurrent")
    text = (
        f"One session was accepted in {accepted} of {len(seen)} requests on fresh "
        f"connections, and else answered {answer(refused)}{quoted(refused)}, in turns"
    )
    if bogus is None or bogus.status != refused.status:
        told = answer(bogus) if bogus else "nothing"
        return suspected(
            f"{text}; but an id that nobody issued is answered {told}, so it may be "
            "another refusal than that of a replica that does not know it.",
            "Ask the operator how many replicas there are, and for their logs.",
            "replicas",
        )
    sticky = (
        f" With the cookies of initialize ({', '.join(case.replicas.cookies)}) all "
        f"{len(kept)} were accepted, but MCP clients send none back."
        if by_cookie
        else ""
    )
    return present(
        f"{text}, as an id is that nobody issued.{sticky}{_serverless(case)}",
        "replicas",
        "handshake",
    )


@cause(
    layer="session",
    owner="server or a hop before it",
    scope="deployment configuration",
    impact="fatal",
    look_alike="multi-replica-no-affinity",
    explains=(refused(range(400, 500), at=ANSWERS),),
    fixes=(
        Fix(
            where="the server",
            what="Tell a session by Mcp-Session-Id alone.",
            paste="session = sessions.get(request.headers['Mcp-Session-Id'])",
            verify="replicas",
        ),
        Fix(
            where="a balancer that leads back by a cookie",
            what="Choose the server by the session id instead.",
            paste="balance hdr(Mcp-Session-Id)  # HAProxy\n"
            "hash $http_mcp_session_id consistent;  # nginx, in upstream",
            verify="replicas",
        ),
    ),
    citations=(_SESSIONS,),
)
def session_needs_cookie(case: Case) -> Judgement:
    """A session works only with the cookie that came with it, which clients drop."""
    seen = case.replicas
    if seen is None or not seen.without_cookies or not seen.with_cookies:
        return unknown("No session was asked for with and without its cookies.")
    taken = [each for each in seen.without_cookies if each.accepted]
    if taken:
        return absent(
            f"{len(taken)} of {counted(len(seen.without_cookies), 'request')} without "
            "cookies were accepted.",
            "replicas",
        )
    if not all(each.accepted for each in seen.with_cookies):
        return absent("With its cookies the session was refused too.", "replicas")
    one = seen.without_cookies[0]
    return present(
        f"None of {counted(len(seen.without_cookies), 'request')} in a session was "
        f"accepted ({answer(one)}{quoted(one)}), and each of {len(seen.with_cookies)} "
        f"that bore the cookies of `initialize` ({', '.join(seen.cookies)}) was. MCP "
        "clients send none back.",
        "replicas",
        "handshake",
        owner=whose(case),
    )


def _when(seen: Sequence[Exchange]) -> str:
    """Tell when requests of which some were refused were refused."""
    if seen[-1].accepted:
        return "for a moment"
    return "from some moment on" if any(e.accepted for e in seen) else "each time"


# Where each request may meet an instance that was made for it.
_SERVERLESS = {
    "vercel": "Vercel",
    "lambda": "AWS Lambda",
    "api-gateway-or-lambda": "AWS Lambda or API Gateway",
    "workers": "Cloudflare Workers",
    "cloud-run": "Cloud Run",
}


def _serverless(case: Case) -> str:
    """Say where a fresh instance is as likely as another replica."""
    known = recognised(case)
    names = [name for product, name in _SERVERLESS.items() if product in known]
    if not names:
        return ""
    return (
        f" The answers bear traces of {names[0]}, where it may as well be a fresh "
        "instance each time, which from outside looks the same."
    )


def _overload(case: Case, refused: Exchange) -> Judgement:
    """Judge refusals by 5xx without a word of sessions: a limit looks the same."""
    text = f"The refusals ({answer(refused)}) have no word of a session"
    greetings = (s for s in case.exchanges if s.label.startswith("initialize"))
    if any(seen.status == refused.status for seen in greetings):
        return absent(f"{text}, and `initialize` met them too.", "replicas", "hold")
    return suspected(
        f"{text}, so a limit on requests may be meant.",
        "Ask the operator for such a limit, and how many replicas there are.",
        "replicas",
    )


def _by_other_requests(case: Case) -> Judgement:
    """Judge by the requests of the other probes: each had a fresh connection."""
    tried = [
        seen
        for seen in case.exchanges
        if seen.session == "live" and seen.answered and seen.method != "DELETE"
    ]
    if any(seen.status in (400, 404) for seen in tried):
        return unknown("A session was refused, but it was not asked for again.")
    bogus = case.opened.made_up_post if case.opened else None
    if bogus is not None and bogus.accepted:
        return unknown(_ANY_ID)
    passed = sum(seen.accepted for seen in tried)
    if passed < _ENOUGH:
        return unknown(f"Only {passed} requests were accepted in live sessions.")
    return absent(
        f"{passed} requests in live sessions, each on a fresh connection, were "
        "accepted and none was refused; affinity by client address cannot be excluded "
        "from one address.",
        "open",
        "reopen",
        "hold",
    )


@cause(
    layer="session",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike="server-restart-session-lost",
    explains=(refused(400, 401, 404, at=(Phase.SESSION,)),),
    fixes=(
        Fix(
            where="a Python server",
            what="Keep idle sessions for longer (30 min by default since 1.30 and "
            "2.2).",
            paste="server.streamable_http_app(session_idle_timeout=8 * 3600)",
            verify="session",
        ),
        Fix(
            where="a C# server",
            what="Keep idle sessions for longer (2 h by default).",
            paste=".WithHttpTransport(o => o.IdleTimeout = TimeSpan.FromHours(8))",
            verify="session",
        ),
        Fix(
            where="a Rust server",
            what="Keep idle sessions for longer (300 s by default, whatever the "
            "stream does).",
            paste="SessionConfig { keep_alive: Some(Duration::from_secs(28800)), "
            "..Default::default() }",
            verify="session",
        ),
    ),
    citations=(
        Citation(source="mcp 2.3.0 streamable_http_manager.py: session_idle_timeout"),
        Citation(source="csharp-sdk v2.2.0 HttpServerTransportOptions.cs:223"),
        Citation(source="rmcp 3.1.4 session/local.rs: DEFAULT_KEEP_ALIVE"),
    ),
)
def session_idle_reaped(case: Case) -> Judgement:
    """The server gives up a session that nobody has used for a while."""
    seen = case.left_alone
    if seen is None or seen.after is None or seen.before is None:
        return unknown("No session was left alone: --idle SECONDS.")
    if not seen.before.accepted or not seen.after.answered:
        return unknown("The session that was to be left alone did not work.")
    if seen.after.accepted:
        return absent(
            f"A session left alone for {seconds(seen.idle_s)} was still known. Not "
            "measured beyond that.",
            "session",
        )
    text = (
        f"A session left alone for {seconds(seen.idle_s)} was then answered "
        f"{answer(seen.after)}{quoted(seen.after)}"
    )
    if in_turns(case):
        return absent(f"{text}, but the session is refused in turns.", "replicas")
    if (shared := told_by_sharing(case)) is not None:
        return shared
    if _outside_too(case, seen.after):
        return absent(
            f"{text}, and so was every new session since then: it is not the session "
            "that is refused.",
            "session",
            "hold",
        )
    if seen.busy and not any(each.accepted for each in seen.busy):
        every_s = seen.idle_s / len(seen.busy)
        return suspected(
            f"{text}, and so was one that was used every {seconds(every_s)}, from the "
            "first time on: the limit is shorter than that, or a session ends by "
            "itself.",
            f"Leave it alone for a shorter time: --idle {every_s:g}.",
            "session",
        )
    if not seen.busy or not all(each.accepted for each in seen.busy):
        return absent(f"{text}, and so was one that had been kept busy.", "session")
    if seen.after.status not in (400, 401, 404):
        return suspected(
            f"{text}, which does not speak of a session.", "Run it again.", "session"
        )
    return present(
        f"{text}, while one of the same age that had been used every "
        f"{seconds(seen.idle_s / (len(seen.busy) or 1))} went on.",
        "session",
    )


def _outside_too(case: Case, refused: Exchange) -> bool:
    """Tell whether from a refusal on each new session was refused in the same way."""
    asked = [
        each.exchange
        for each in case.asked
        if each.role.greets
        and each.exchange.answered
        and each.exchange.sent_at_s > refused.sent_at_s
    ]
    return bool(asked) and all(seen.status == refused.status for seen in asked)
