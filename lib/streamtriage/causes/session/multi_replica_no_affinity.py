"""The cause `multi-replica-no-affinity`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ComesAndGoes, Taken, cause
from streamtriage.causes.explains import ANSWERS, inconsistent, refused
from streamtriage.causes.fixes import recognised
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.session_ids import SESSION_MANAGEMENT
from streamtriage.causes.shared_sessions import told_by_sharing
from streamtriage.model import CauseId, Citation, Exchange, Fix
from streamtriage.model.message import say
from streamtriage.observations.inconsistent import in_turns
from streamtriage.wording import answer, quoted, text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["multi_replica_no_affinity"]

# With eight accepted tries two replicas would have been missed in 0.4 % of triages.
_ENOUGH = 8
_ANY_ID = say("replicas.any-id")


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    look_alike=CauseId("server-restart-session-lost"),
    remedies=("shared-state",),
    comes_and_goes=ComesAndGoes("by lot", "each connection may reach any replica"),
    reported_as=(
        "replica-affinity",
        "replica-affinity-cookie",
    ),
    taken_for_it=(
        Taken(
            cause="serverless-no-shared-state",
            title="Each request may meet a fresh instance that knows no session",
            why="From outside a fresh instance and another replica give the same "
            "refusal. It is judged as `multi-replica-no-affinity`; where Vercel, "
            "Lambda, Workers or Cloud Run left a trace, its own fix comes first.",
            source="https://github.com/vercel/mcp-handler/issues/40",
            grade="I",
            date="2026-11-23",
        ),
    ),
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
        SESSION_MANAGEMENT,
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
    greetings = (s for s in case.exchanges if case.role_of(s).opens)
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
