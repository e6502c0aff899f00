"""Causes in how a session id travels, and how an unknown one is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import ANSWERS, altered, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import answer, counted, quoted, text_of
from streamtriage.model import Citation, Exchange, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = [
    "drops_every_id",
    "rmcp_old_401_session",
    "session_503_or_200_error",
    "session_id_hijacked_by_error",
    "session_id_not_exposed",
]

# Requests overlap: one that was sent this much later may have arrived before.
_OVERLAP_S = 0.5
_SESSIONS = Citation(source="MCP 2025-11-25, basic/transports, Session Management")
_NOT_FOUND = (
    "res.status(404).json({ jsonrpc: '2.0', id: null,\n"
    "  error: { code: -32001, message: 'Session not found' } });"
)


@cause(
    layer="session",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike="session-400-instead-of-404",
    explains=(refused(200, 503, at=(Phase.SESSION,), details=("unknown-session",)),),
    fixes=(
        Fix(
            where="the server",
            what="Answer 404 to a session id that is not known.",
            paste=_NOT_FOUND,
            verify="open",
        ),
    ),
    citations=(
        _SESSIONS,
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


@cause(
    layer="session",
    owner="proxy",
    scope="deployment configuration",
    impact="fatal",
    look_alike="stateless-200-dead-stream",
    explains=(
        refused(400, 404, at=ANSWERS),
        altered("session-hidden", at=(Phase.GREET,)),
    ),
    fixes=(
        Fix(
            where="the hop before the server",
            what="Pass the Mcp-Session-Id response header on.",
            paste="proxy_pass_header Mcp-Session-Id;  # nginx; no proxy_hide_header",
            verify="handshake",
        ),
        Fix(
            where="a gateway that lets only named request headers through",
            what="Add Mcp-Session-Id, Mcp-Protocol-Version and Last-Event-ID to them.",
            paste="proxy_set_header Mcp-Session-Id $http_mcp_session_id;  # nginx",
            verify="handshake",
        ),
        Fix(
            where="a server whose clients run in browsers",
            what="Expose the header to scripts.",
            paste="Access-Control-Expose-Headers: Mcp-Session-Id",
            verify="guard",
        ),
    ),
    citations=(
        _SESSIONS,
        Citation(source="WHATWG Fetch, 3.3.3: Access-Control-Expose-Headers"),
    ),
)
def session_id_not_exposed(case: Case) -> Judgement:
    """The session id is lost on its way between the server and the client."""
    greeted = case.handshake
    if greeted is None or not greeted.revision:
        return unknown(say("session-id-not-exposed.unknown"))
    if greeted.session_issued:
        dropped = _dropped_on_the_way_in(case)
        if dropped is not None:
            return dropped
        guard = case.guard
        hidden = guard is not None and guard.exposes_session is False
        if guard is None or not guard.origin_from or not hidden:
            return absent(say("session-id-not-exposed.absent"), "handshake")
        if guard.preflight is None or not guard.preflight.accepted:
            return absent(
                say("session-id-not-exposed.absent.a-browser-may-not"), "guard"
            )
        return present(
            say("session-id-not-exposed.present"),
            "guard",
        )
    post = greeted.post
    if post is None or not post.answered:
        return unknown(say("session-id-not-exposed.unknown.no-post-was-answered"))
    if post.status == 400 and _wants_session(post):
        return present(
            say(
                "session-id-not-exposed.present.initialize-brought-no-session",
                answer=answer(post),
                post=quoted(post),
            ),
            "handshake",
        )
    return absent(
        say("session-id-not-exposed.absent.requests-without-a-session"), "handshake"
    )


def _dropped_on_the_way_in(case: Case) -> Judgement | None:
    """Judge refusals that miss an id which was sent: nobody but a hop removes it."""
    missed = [seen for seen in case.posts if seen.answered]
    if not drops_every_id(case):
        gets = case.live_gets
        if case.posts_work and gets and all(_missed(seen) for seen in gets):
            # A server may say so of every GET, whatever it bears.
            return suspected(
                say(
                    "session-id-not-exposed.on-get",
                    gets=counted(len(gets), "GET"),
                    answer=answer(gets[0]),
                    quote=quoted(gets[0]),
                ),
                say("session-id-not-exposed.on-get.settle"),
                "handshake",
                "open",
                owner="server or a hop before it",
            )
        return None
    return present(
        say(
            "identifiers.dropped-on-the-way-in.present",
            answer=answer(missed[0]),
            missed=quoted(missed[0]),
        ),
        "handshake",
        "open",
    )


def drops_every_id(case: Case) -> bool:
    """Tell whether each POST in a session is refused because it has no session id."""
    missed = [seen for seen in case.posts if seen.answered]
    return bool(missed) and all(_missed(seen) for seen in missed)


def _missed(seen: Exchange) -> bool:
    return seen.status == 400 and _misses(seen)


def _misses(seen: Exchange) -> bool:
    """True when the text says that no id came at all, not that it is unknown."""
    text = text_of(seen)
    none = any(word in text for word in ("missing", "required", "requires"))
    return none and ("session id" in text or "session-id" in text)


def _wants_session(seen: Exchange) -> bool:
    text = text_of(seen)
    wants = any(
        word in text
        for word in (
            "missing",
            "required",
            "requires",
            "no valid",
        )
    )
    return wants and ("session id" in text or "session-id" in text)


@cause(
    layer="session",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike="server-restart-session-lost",
    explains=(refused(range(400, 500), at=(Phase.SESSION,), details=("stray-id",)),),
    fixes=(
        Fix(
            where="the server",
            what="Send Mcp-Session-Id only with the answer to initialize.",
            paste=_NOT_FOUND,
            verify="open",
        ),
        Fix(
            where="the client",
            what="Use one built on the TypeScript SDK 2.x: it takes an id from "
            "initialize alone.",
            paste="claude update",
            verify="open",
        ),
    ),
    citations=(
        Citation(
            source="https://github.com/modelcontextprotocol/typescript-sdk/issues/2469"
        ),
    ),
)
def session_id_hijacked_by_error(case: Case) -> Judgement:
    """A refusal brings a new session id, which older clients take and cannot use."""
    opened = case.opened
    if opened is None or opened.made_up_post is None:
        return unknown(say("session-id-hijacked-by-error.unknown"))
    adopted = opened.adopted_post
    if adopted is None:
        return absent(say("session-id-hijacked-by-error.absent"), "open")
    if opened.post is not None and not opened.post.accepted:
        return absent(
            say("session-id-hijacked-by-error.absent.the-live-session-is"), "open"
        )
    if adopted.accepted or not adopted.answered:
        return absent(
            say(
                "session-id-hijacked-by-error.absent.the-id-that-comes",
                answer=answer(adopted),
            ),
            "open",
        )
    text = say(
        "session-id-hijacked-by-error.text",
        answer=answer(opened.made_up_post),
        answer_2=answer(adopted),
    )
    if case.signature.runtime.startswith("v2"):
        return absent(
            say("session-id-hijacked-by-error.absent.but-the-client-is", text=text),
            "open",
        )
    if not case.signature.runtime.startswith("v1"):
        return suspected(
            say("session-id-hijacked-by-error.suspected", text=text),
            say("session-id-hijacked-by-error.suspected.settle"),
            "open",
        )
    return present(
        say("session-id-hijacked-by-error.present", text=text),
        "open",
    )


@cause(
    layer="session",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike="token-expired-no-provider",
    explains=(refused(401, at=(Phase.POST, Phase.REOPEN, Phase.SESSION)),),
    fixes=(
        Fix(
            where="a Rust server",
            what="Update rmcp: it answers 404 to a session that it does not know.",
            paste="cargo update -p rmcp",
            verify="open",
        ),
        Fix(
            where="the client, now",
            what="Start a new session; a new login does not help.",
            paste="/mcp reconnect NAME",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="https://github.com/modelcontextprotocol/rust-sdk/issues/384"),
        Citation(source="https://github.com/modelcontextprotocol/rust-sdk/issues/559"),
        Citation(source="MCP 2025-11-25, basic/transports, Session Management"),
    ),
)
def rmcp_old_401_session(case: Case) -> Judgement:
    """A session that is not known is answered 401, so clients start a login."""
    opened = case.opened
    if opened is None or opened.live is None:
        return unknown(say("rmcp-old-401-session.unknown"))
    asked = [s for s in (opened.made_up_post, opened.ended_post) if s is not None]
    all_refused = [seen for seen in asked if seen.status == 401]
    if not all_refused:
        told = (
            say("rmcp-old-401-session.told", answer=answer(asked[0]))
            if asked
            else say("rmcp-old-401-session.told.not-asked-for")
        )
        return absent(say("rmcp-old-401-session.absent", told=told), "open")
    refused = next((s for s in all_refused if _right_went_on(case, s)), None)
    if refused is None:
        return absent(
            say("rmcp-old-401-session.absent.nothing-else-was-accepted"), "open"
        )
    if "www-authenticate" in refused.headers and "session" not in text_of(refused):
        return suspected(
            say("rmcp-old-401-session.suspected", answer=answer(refused)),
            say("rmcp-old-401-session.suspected.settle"),
            "open",
        )
    return present(
        say(
            "rmcp-old-401-session.present",
            answer=answer(refused),
            refused=quoted(refused),
        ),
        "open",
    )


def _right_went_on(case: Case, refused: Exchange) -> bool:
    """Tell whether the credential was still good after this refusal.

    A request that bore a cookie bore more than the refused one did.
    """
    bore_cookies = case.replicas.with_cookies if case.replicas is not None else ()
    return any(
        seen.method == "POST"
        and not any(seen is each for each in bore_cookies)
        and seen.accepted
        and seen.session in ("live", "none")
        and seen.started_s > refused.started_s + _OVERLAP_S
        for seen in case.exchanges
    )
