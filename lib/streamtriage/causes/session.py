"""Causes in what becomes of a session, and of the right to use it."""

from __future__ import annotations

from streamtriage.causes.case import (
    ANY,
    Case,
    Judgement,
    absent,
    cause,
    present,
    suspected,
    unknown,
)
from streamtriage.causes.replicas import spread
from streamtriage.causes.words import answer, seconds
from streamtriage.model import Citation, Exchange, Fix, Reopening

__all__ = [
    "modern_only_server",
    "server_restart_session_lost",
    "session_400_instead_of_404",
    "token_expired_no_provider",
]

_SESSIONS = Citation(source="MCP 2025-11-25, basic/transports, Session Management")


@cause(
    layer="session",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    look_alike="session-idle-reaped",
    fixes=(
        Fix(
            where="the client, now",
            what="Start a new session.",
            paste="/mcp reconnect NAME",
            verify="handshake",
        ),
        Fix(
            where="the server",
            what="Find out why it restarted; keep sessions in a shared store, or run "
            "stateless and answer GET with 405.",
            paste="journalctl -u mcp-server --since '10 min ago'",
            verify="reopen",
        ),
    ),
    citations=(
        _SESSIONS,
        Citation(
            source="https://github.com/modelcontextprotocol/typescript-sdk/issues/1708"
        ),
        Citation(source="https://github.com/anthropics/claude-code/issues/62008"),
    ),
)
def server_restart_session_lost(case: Case) -> Judgement:
    """The server has forgotten the session: it restarted, or dropped it."""
    if not case.reopenings:
        return unknown("No stream was opened again in an older session.")
    lost = [r for r in case.reopenings if _lost(r)]
    if not lost:
        return absent("Sessions outlived the end of their streams.", "reopen", "hold")
    mixed = [r for r in lost if any(post.accepted for post in r.posts)]
    if mixed or spread(case):
        return absent(
            "The session was refused and accepted in turn, so it is not lost.", "reopen"
        )
    if not all(r.fresh is not None and r.fresh.accepted for r in lost):
        return suspected(
            "A session that had worked was refused, and no new one could be had.",
            "Run the triage again in a minute.",
            "reopen",
            "hold",
        )
    one = lost[0]
    last = one.attempts[-1].get
    return present(
        f"A session that had carried a stream for {seconds(one.first.lived_s)} was "
        f"then unknown: GET {answer(last)}, POST {answer(one.posts[0])} on "
        f"{len(one.posts)} fresh connections, while a new initialize was answered "
        f"{answer(one.fresh) if one.fresh else 'not at all'}.",
        "hold",
        "reopen",
    )


def _lost(reopening: Reopening) -> bool:
    """True when GET and POST of a session that had worked are both 404."""
    refused = reopening.refused
    return (
        reopening.first.is_event_stream
        and bool(refused)
        and not reopening.recovered
        and refused[-1].get.status == 404
        and bool(reopening.posts)
        and reopening.posts[0].status == 404
    )


@cause(
    layer="session",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike="get-4xx-instead-of-405",
    fixes=(
        Fix(
            where="a TypeScript server made from the SDK's examples",
            what="Answer 404 when a session id was sent and is not known.",
            paste="if (!transports[sessionId]) {\n  res.status(404).json({ jsonrpc:"
            " '2.0', id: null,\n"
            "    error: { code: -32001, message: 'Session not found' } });\n"
            "  return;\n}",
            verify="open",
        ),
        Fix(
            where="a Python server",
            what="Update the SDK: from 1.26.0 it answers 404.",
            paste='pip install -U "mcp>=1.26"',
            verify="open",
        ),
    ),
    citations=(
        _SESSIONS,
        Citation(source="https://github.com/sst/opencode/issues/32809", grade="I"),
        Citation(source="python-sdk 1.25.0 streamable_http_manager.py:282"),
    ),
)
def session_400_instead_of_404(case: Case) -> Judgement:
    """A session that is not known is answered 400 where clients need 404."""
    opened = case.opened
    if opened is None or opened.live is None:
        return unknown("No session could be asked for.")
    if opened.made_up is None and opened.made_up_post is None:
        return absent("The server issues no sessions.", "open")
    if opened.post is None or not opened.post.accepted:
        return absent("The live session is refused as well.", "open")
    ended, made_up = opened.ended_post, opened.made_up_post
    if ended is not None and ended.status == 400:
        return present(
            f"A session that we had ended ourselves was answered {answer(ended)}"
            f"{_quoted(ended)}; only 404 tells a client to start a new session.",
            "open",
        )
    if made_up is None or made_up.status != 400:
        return absent(
            f"An unknown session is answered {answer(made_up) if made_up else '-'}.",
            "open",
        )
    text = (
        f"A session of the server's own form that it never issued was answered "
        f"{answer(made_up)}{_quoted(made_up)}"
    )
    if "session" in made_up.excerpt.lower() or "not initialized" in made_up.excerpt:
        return present(
            f"{text}, as after a restart; only 404 tells a client to start a new "
            "session.",
            "open",
        )
    return suspected(
        f"{text}, but nothing in the answer speaks of sessions.",
        "Restart the server while a client is connected, and see what it is answered.",
        "open",
    )


def _quoted(seen: Exchange) -> str:
    text = (seen.jsonrpc_message or seen.excerpt).strip().splitlines()
    return f' ("{text[0][:80]}")' if text else ""


@cause(
    layer="auth",
    owner="auth provider",
    scope="account/auth",
    impact="fatal",
    eras=ANY,
    look_alike="rmcp-old-401-session",
    fixes=(
        Fix(
            where="the client's MCP configuration",
            what="Put a fresh token in; better, have the client fetch one each time.",
            paste='"headersHelper": "/path/to/print-auth-header.sh"',
            verify="handshake",
        ),
        Fix(
            where="Claude Code",
            what="From 2.1.193 it runs headersHelper again after a 401: update.",
            paste="claude update",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="RFC 6750, 3.1: invalid_token"),
        Citation(source="claude-code CHANGELOG 2.1.193"),
        Citation(source="openclaw#144797", grade="I"),
    ),
)
def token_expired_no_provider(case: Case) -> Judgement:
    """The access token is expired or refused, and nothing renews it."""
    # How an unknown session is refused says nothing of the credential.
    refused = [
        s
        for s in case.exchanges
        if s.status == 401 and s.session not in ("made-up", "ended")
    ]
    if not refused:
        if not case.exchanges:
            return unknown("Nothing was asked over HTTP.")
        return absent("No request was answered 401.", "handshake", "open")
    posts = [s for s in refused if s.method == "POST"]
    gets = [s for s in refused if s.method == "GET"]
    if not posts:
        return absent("Only GET is answered 401; POST is not.", "open")
    first = min(refused, key=lambda seen: seen.started_s)
    if first.media_type == "text/html":
        return absent(
            "The 401 is an HTML page, so another layer than the MCP server asks for a "
            "login.",
            "handshake",
        )
    if any(r.fresh is not None and r.fresh.accepted for r in case.reopenings):
        return absent(
            "A new initialize with the same credential was accepted, so it is the "
            "session that was refused, not the token.",
            "reopen",
        )
    names_token = any(_says_invalid_token(seen) for seen in refused)
    worked = [s for s in case.exchanges if s.accepted and s.started_s < first.started_s]
    gave_token = bool(case.intake.auth_env or case.intake.header_envs)
    if worked and gets and names_token:
        return present(
            "Requests were accepted for "
            f"{seconds(first.started_s - worked[0].started_s)}, then GET and POST "
            f"alike were answered {answer(first)} with `invalid_token`.{_expiry(case)}",
            "handshake",
            "open",
            "hold",
        )
    if gave_token:
        return present(
            f"The credential that was given is refused: `{first.label}` was answered "
            f"{answer(first)}.{_expiry(case)}",
            "handshake",
            "auth",
        )
    return suspected(
        f"`{first.label}` was answered {answer(first)}, but no credential was given to "
        "this tool, so nothing is known of yours.",
        "Run again with --auth-env NAME, the variable that holds the client's token.",
        "handshake",
    )


def _expiry(case: Case) -> str:
    """Return what the token itself says of its end; nobody has verified it."""
    left_s = case.auth.token_expires_s if case.auth else None
    if left_s is None:
        return ""
    if left_s < 0:
        return f" By its own `exp` the token was over {-left_s / 60:.0f} min ago."
    return f" By its own `exp` the token is good for {left_s / 60:.0f} min yet."


def _says_invalid_token(seen: Exchange) -> bool:
    challenge = seen.headers.get("www-authenticate", "")
    return "invalid_token" in f"{challenge} {seen.excerpt}"


@cause(
    layer="version",
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike="gateway-blocks-get",
    fixes=(
        Fix(
            where="the client",
            what="Use a version that speaks revision 2026-07-28.",
            paste="claude update",
            verify="era",
        ),
        Fix(
            where="a TypeScript server",
            what="Serve older clients too.",
            paste="createMcpHandler(server, { legacy: 'stateless' })",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="MCP 2026-07-28, basic/versioning, Backward Compatibility"),
        Citation(source="@modelcontextprotocol/server 2.x, createMcpHandler `legacy`"),
    ),
)
def modern_only_server(case: Case) -> Judgement:
    """The server speaks only revision 2026-07-28, and the client an older one."""
    handshake = case.handshake
    if handshake is None or handshake.initialize is None:
        return unknown("No initialize was sent.")
    if not handshake.modern_only:
        return absent(
            f"initialize was answered {answer(handshake.initialize)}.", "handshake"
        )
    offered = ", ".join(handshake.supported) or "newer revisions only"
    told = f"initialize was answered {answer(handshake.initialize)} with error -32022; \
the server offers {offered}"
    legacy = _client_is_legacy(case)
    if legacy is None:
        return suspected(
            f"{told}. Which revisions the client speaks was not said.",
            "Say which client and version you use, or paste its error.",
            "era",
            "handshake",
        )
    if not legacy:
        return absent(f"{told}, and so does a current client.", "era")
    return present(
        f"{told}, and the client is one of an older revision.", "era", "handshake"
    )


def _client_is_legacy(case: Case) -> bool | None:
    """Return what the person's text or words say; None when they leave it open.

    Nothing said and nothing pasted means that nobody claims an old client: a server of
    the new revision is then simply healthy.
    """
    signature = case.signature
    if signature.runtime.startswith("v1") and signature.legacy_session:
        return True
    words = f"{case.intake.client} {case.intake.client_version}".lower()
    if "2026-07-28" in words:
        return False
    if any(old in words for old in ("legacy", "2025-11-25", "2025-06-18", "sdk v1")):
        return True
    return None if signature.legacy_session else False
