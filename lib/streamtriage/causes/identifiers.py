"""Causes in how a session id travels, and how an unknown one is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import ANSWERS, altered, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import answer, counted, quoted, text_of
from streamtriage.model import Citation, Exchange, Fix
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
        return unknown("No session could be asked for.")
    live = opened.post
    if not live.accepted or live.jsonrpc_code is not None:
        return absent("The live session is refused as well.", "open")
    asked = [s for s in (opened.ended_post, opened.made_up_post) if s is not None]
    odd = next((s for s in asked if _odd(s)), None)
    if odd is None:
        told = f"answered {answer(asked[0])}" if asked else "not asked for"
        return absent(f"An unknown session is {told}.", "open")
    known = [s for s in case.exchanges if s.session in ("live", "none")]
    if odd.status == 503 and any(seen.status == 503 for seen in known):
        return absent(
            f"Other requests were answered {answer(odd)} as well, so it is not about "
            "the session.",
            "open",
        )
    inside = "" if odd.status == 503 else f" with error {odd.jsonrpc_code} inside"
    return present(
        f"The same POST works in a live session, and is answered {answer(odd)}{inside}"
        f"{quoted(odd)} in one that the server does not know; only 404 tells a client "
        "to start a new session.",
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
        return unknown("No session was opened.")
    if greeted.session_issued:
        dropped = _dropped_on_the_way_in(case)
        if dropped is not None:
            return dropped
        guard = case.guard
        hidden = guard is not None and guard.exposes_session is False
        if guard is None or not guard.origin_from or not hidden:
            return absent("`initialize` brings a session id.", "handshake")
        if guard.preflight is None or not guard.preflight.accepted:
            return absent("A browser may not ask at all, which comes first.", "guard")
        return present(
            "`initialize` brings a session id, but Access-Control-Expose-Headers does "
            "not name it, so a script in a browser cannot read it.",
            "guard",
        )
    post = greeted.post
    if post is None or not post.answered:
        return unknown("No POST was answered.")
    if post.status == 400 and _wants_session(post):
        return present(
            "`initialize` brought no session id, and the next POST is answered "
            f"{answer(post)}{quoted(post)}: the server issues one, or should, and a "
            "hop takes it away.",
            "handshake",
        )
    return absent("Requests without a session id are not refused for it.", "handshake")


def _dropped_on_the_way_in(case: Case) -> Judgement | None:
    """Judge refusals that miss an id which was sent: nobody but a hop removes it."""
    missed = [seen for seen in case.posts if seen.answered]
    if not drops_every_id(case):
        gets = case.live_gets
        if case.posts_work and gets and all(_missed(seen) for seen in gets):
            return present(
                f"`initialize` brings a session id, POST with it works, and each of "
                f"{counted(len(gets), 'GET')} that carries it is answered "
                f"{answer(gets[0])}{quoted(gets[0])}: a hop takes the Mcp-Session-Id "
                "header away from GET alone, or the server looks for it elsewhere.",
                "handshake",
                "open",
                owner="server or a hop before it",
                impact="degraded",
            )
        return None
    return present(
        f"`initialize` brings a session id, and a POST that carries it is answered "
        f"{answer(missed[0])}{quoted(missed[0])}: a hop takes the Mcp-Session-Id "
        "request header away before the server sees it.",
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
        word in text for word in ("missing", "required", "requires", "no valid")
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
        return unknown("No unknown session was asked for.")
    adopted = opened.adopted_post
    if adopted is None:
        return absent("Refusals bring no other session id.", "open")
    if opened.post is not None and not opened.post.accepted:
        return absent("The live session is refused as well.", "open")
    if adopted.accepted or not adopted.answered:
        return absent(
            f"The id that comes with a refusal is answered {answer(adopted)}.", "open"
        )
    text = (
        f"The refusal of an unknown session ({answer(opened.made_up_post)}) brings "
        f"another session id, and a POST with that one is answered {answer(adopted)}"
    )
    if case.signature.runtime.startswith("v2"):
        return absent(f"{text}; but the client is of 2.x and ignores it.", "open")
    if not case.signature.runtime.startswith("v1"):
        return suspected(
            f"{text}. Clients of the TypeScript SDK 1.x take it over.",
            "Paste the client's error: it shows whether the SDK is 1.x.",
            "open",
        )
    return present(
        f"{text}. Clients of the TypeScript SDK 1.x take it over and are refused from "
        "then on.",
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
        return unknown("No session could be asked for.")
    asked = [s for s in (opened.made_up_post, opened.ended_post) if s is not None]
    all_refused = [seen for seen in asked if seen.status == 401]
    if not all_refused:
        told = f"answered {answer(asked[0])}" if asked else "not asked for"
        return absent(f"An unknown session is {told}.", "open")
    refused = next((s for s in all_refused if _right_went_on(case, s)), None)
    if refused is None:
        return absent("Nothing else was accepted after that either.", "open")
    if "www-authenticate" in refused.headers and "session" not in text_of(refused):
        return suspected(
            f"An unknown session is answered {answer(refused)} with a challenge, "
            "though the same credential works in a live one.",
            "Ask the operator whether credentials are checked per session.",
            "open",
        )
    return present(
        f"The same POST with the same credential works in a live session, and is "
        f"answered {answer(refused)}{quoted(refused)} in one that the server does not "
        "know; only 404 tells a client to start a new session.",
        "open",
    )


def _right_went_on(case: Case, refused: Exchange) -> bool:
    """Tell whether the credential was still good after this refusal."""
    return any(
        seen.method == "POST"
        and seen.accepted
        and seen.session in ("live", "none")
        and seen.started_s > refused.started_s + _OVERLAP_S
        for seen in case.exchanges
    )
