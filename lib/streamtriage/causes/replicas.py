"""Causes in where a session lives, and which requests find it there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import ANSWERS, inconsistent, refused
from streamtriage.causes.fixes import recognised
from streamtriage.causes.hops import whose
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.shared_session import told_by_sharing
from streamtriage.causes.words import answer, counted, quoted, seconds, text_of
from streamtriage.model import Citation, Exchange, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.observations.inconsistent import in_turns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = [
    "multi_replica_no_affinity",
    "session_idle_reaped",
]

_SESSIONS = Citation(source="MCP 2025-11-25, basic/transports, Session Management")
# With eight accepted tries two replicas would have been missed in 0.4 % of triages.
_ENOUGH = 8
_ANY_ID = say("replicas.any-id")


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
        return unknown(say("multi-replica-no-affinity.unknown"))
    if not greeted.session_issued:
        return absent(say("multi-replica-no-affinity.absent"), "handshake")
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
            say(
                "multi-replica-no-affinity.absent.requests-each-on-a", n_seen=len(seen)
            ),
            "replicas",
        )
    refused = next(each for each in seen if not each.accepted)
    if (refused.status or 0) >= 500 and "session" not in text_of(refused):
        return _overload(case, refused)
    if not in_turns(case):
        return absent(
            say(
                "multi-replica-no-affinity.absent.the-session-was-refused",
                when=_when(seen),
                answer=answer(refused),
            ),
            "replicas",
        )
    if (shared := told_by_sharing(case)) is not None:
        return shared
    text = say(
        "multi-replica-no-affinity.text",
        accepted=accepted,
        n_seen=len(seen),
        answer=answer(refused),
        refused=quoted(refused),
    )
    if bogus is None or bogus.status != refused.status:
        told = answer(bogus) if bogus else say("word.nothing")
        return suspected(
            say("multi-replica-no-affinity.suspected", text=text, told=told),
            say("multi-replica-no-affinity.suspected.settle"),
            "replicas",
        )
    sticky = (
        say(
            "multi-replica-no-affinity.sticky",
            join=", ".join(case.replicas.cookies),
            n_kept=len(kept),
        )
        if by_cookie
        else ""
    )
    return present(
        say(
            "multi-replica-no-affinity.present",
            text=text,
            sticky=sticky,
            serverless=_serverless(case),
        ),
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
        return unknown(say("session-needs-cookie.unknown"))
    taken = [each for each in seen.without_cookies if each.accepted]
    if taken:
        return absent(
            say(
                "session-needs-cookie.absent",
                n_taken=len(taken),
                requests=counted(len(seen.without_cookies), "request"),
            ),
            "replicas",
        )
    if not all(each.accepted for each in seen.with_cookies):
        return absent(
            say("session-needs-cookie.absent.with-its-cookies-the"), "replicas"
        )
    one = seen.without_cookies[0]
    return present(
        say(
            "session-needs-cookie.present",
            requests=counted(len(seen.without_cookies), "request"),
            answer=answer(one),
            one=quoted(one),
            n_with_cookies=len(seen.with_cookies),
            join=", ".join(seen.cookies),
        ),
        "replicas",
        "handshake",
        owner=whose(case),
    )


def _when(seen: Sequence[Exchange]) -> Text:
    """Tell when requests of which some were refused were refused."""
    if seen[-1].accepted:
        return say("replicas.when")
    return (
        say("replicas.when.from-some-moment-on")
        if any(e.accepted for e in seen)
        else say("replicas.when.each-time")
    )


# Where each request may meet an instance that was made for it.
_SERVERLESS = {
    "vercel": "Vercel",
    "lambda": "AWS Lambda",
    "api-gateway-or-lambda": "AWS Lambda or API Gateway",
    "workers": "Cloudflare Workers",
    "cloud-run": "Cloud Run",
}


def _serverless(case: Case) -> Text:
    """Say where a fresh instance is as likely as another replica."""
    known = recognised(case)
    names = [name for product, name in _SERVERLESS.items() if product in known]
    if not names:
        return ""
    return say("replicas.serverless", names=names[0])


def _overload(case: Case, refused: Exchange) -> Judgement:
    """Judge refusals by 5xx without a word of sessions: a limit looks the same."""
    text = say("replicas.overload.text", answer=answer(refused))
    greetings = (s for s in case.exchanges if s.label.startswith("initialize"))
    if any(seen.status == refused.status for seen in greetings):
        return absent(say("replicas.overload.absent", text=text), "replicas", "hold")
    return suspected(
        say("replicas.overload.suspected", text=text),
        say("replicas.overload.suspected.settle"),
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
        return unknown(say("replicas.by-other-requests.unknown"))
    bogus = case.opened.made_up_post if case.opened else None
    if bogus is not None and bogus.accepted:
        return unknown(_ANY_ID)
    passed = sum(seen.accepted for seen in tried)
    if passed < _ENOUGH:
        return unknown(
            say(
                "replicas.by-other-requests.unknown.only-requests-were-accepted",
                passed=passed,
            )
        )
    return absent(
        say("replicas.by-other-requests.absent", passed=passed),
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
        return unknown(say("session-idle-reaped.unknown"))
    if not seen.before.accepted or not seen.after.answered:
        return unknown(say("session-idle-reaped.unknown.the-session-that-was"))
    if seen.after.accepted:
        return absent(
            say("session-idle-reaped.absent", idle_s=seconds(seen.idle_s)),
            "session",
        )
    text = say(
        "session-idle-reaped.text",
        idle_s=seconds(seen.idle_s),
        answer=answer(seen.after),
        after=quoted(seen.after),
    )
    if in_turns(case):
        return absent(
            say("session-idle-reaped.absent.but-the-session-is", text=text), "replicas"
        )
    if (shared := told_by_sharing(case)) is not None:
        return shared
    if _outside_too(case, seen.after):
        return absent(
            say("session-idle-reaped.absent.and-so-was-every", text=text),
            "session",
            "hold",
        )
    if seen.busy and not any(each.accepted for each in seen.busy):
        every_s = seen.idle_s / len(seen.busy)
        return suspected(
            say("session-idle-reaped.suspected", text=text, every_s=seconds(every_s)),
            say("session-idle-reaped.suspected.settle", every_s=every_s),
            "session",
        )
    if not seen.busy or not all(each.accepted for each in seen.busy):
        return absent(
            say("session-idle-reaped.absent.and-so-was-one", text=text), "session"
        )
    if seen.after.status not in (400, 401, 404):
        return suspected(
            say("session-idle-reaped.suspected.which-does-not-speak", text=text),
            say("session-idle-reaped.suspected.settle.run-it-again"),
            "session",
        )
    return present(
        say(
            "session-idle-reaped.present",
            text=text,
            idle_s=seconds(seen.idle_s / (len(seen.busy) or 1)),
        ),
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
