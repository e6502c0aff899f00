"""The cause `session-400-instead-of-404`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.session_ids import (
    SESSION_MANAGEMENT,
    new_session_works,
    session_lost,
)
from streamtriage.model import (
    CauseId,
    Citation,
    Exchange,
    Fix,
    OpenEvidence,
)
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer, quoted

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["session_400_instead_of_404"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("get-4xx-instead-of-405"),
    reported_as=(
        "session-lost",
        "token-lost-on-restart",
        "wrong-status-or-body",
    ),
    issues=(
        "anthropics/claude-code#62008",
        "anthropics/claude-code#9608",
        "anthropics/claude-code#8338",
        "anthropics/claude-code#50450",
        "anthropics/claude-code#27142",
        "anthropics/claude-code#60949",
        "IvanMurzak/MCP-Plugin-dotnet#105",
        "Abbabon/unity-mcp-sharp#95",
    ),
    explains=(refused(400, at=(Phase.REOPEN, Phase.SESSION)),),
    fixes=(
        Fix(
            where="a TypeScript server made from the SDK's examples",
            what="Answer 404 when a session id was sent and is not known.",
            paste="if (sessionId && !transports[sessionId]) {\n"
            "  res.status(404).json({ jsonrpc: '2.0', id: null,\n"
            "    error: { code: -32001, message: 'Session not found' } });\n"
            "  return;\n}",
            verify="open",
        ),
        Fix(
            where="a Python server",
            what="Update the SDK: from 1.26.0 on it answers 404.",
            paste='pip install -U "mcp>=1.26"',
            verify="open",
        ),
    ),
    citations=(
        SESSION_MANAGEMENT,
        Citation(source="https://github.com/sst/opencode/issues/32809", grade="I"),
        Citation(source="python-sdk 1.25.0 streamable_http_manager.py:282"),
    ),
)
def session_400_instead_of_404(case: Case) -> Judgement:
    """A session that is not known is answered 400 where clients need 404."""
    forgotten = [
        r.posts[0] for r in case.reopenings if session_lost(r) and new_session_works(r)
    ]
    wrong = next((post for post in forgotten if post.status == 400), None)
    if wrong is not None:
        return present(
            say(
                "session-400-instead-of-404.present",
                answer=answer(wrong),
                wrong=quoted(wrong),
            ),
            "reopen",
        )
    opened = case.opened
    if opened is None or opened.live is None:
        return unknown(say("session-400-instead-of-404.unknown"))
    if case.handshake is not None and not case.handshake.session_issued:
        return absent(say("session-400-instead-of-404.absent"), "handshake")
    if opened.post is None or not opened.post.answered:
        return unknown(say("session-400-instead-of-404.unknown.no-post-was-answered"))
    if not opened.post.accepted:
        return absent(
            say("session-400-instead-of-404.absent.the-live-session-is"), "open"
        )
    return _of_strangers(opened)


def _of_strangers(opened: OpenEvidence) -> Judgement:
    """Judge what sessions are answered that the server ended, or never issued."""
    ended, made_up = opened.ended_post, opened.made_up_post
    if ended is not None and ended.status == 400:
        return present(
            say(
                "session.of-strangers.present",
                answer=answer(ended),
                ended=quoted(ended),
            ),
            "open",
        )
    if made_up is None or not made_up.answered:
        return unknown(say("session.of-strangers.unknown"))
    if made_up.status != 400:
        return absent(
            say("session.of-strangers.absent", answer=answer(made_up)), "open"
        )
    text = say(
        "session.of-strangers.text", answer=answer(made_up), made_up=quoted(made_up)
    )
    if _unknown_session(made_up):
        return present(
            say("session.of-strangers.present.and-so-would-be", text=text),
            "open",
        )
    if ended is not None and ended.status == 404:
        return absent(
            say(
                "session.of-strangers.absent.but-a-session-that",
                text=text,
                answer=answer(ended),
            ),
            "open",
        )
    return suspected(
        say("session.of-strangers.suspected", text=text),
        say("session.of-strangers.suspected.settle"),
        "open",
    )


def _unknown_session(seen: Exchange) -> bool:
    """True when the text says that the session is unknown, not its id malformed.

    The words are those of the official SDKs, their examples, and servers made from
    them.
    """
    text = f"{seen.jsonrpc_message} {seen.excerpt}".lower()
    if "not initialized" in text:
        return True
    says = (
        "not found",
        "not exist",
        "no valid",
        "unknown",
        "expired",
        "missing",
    )
    malformed = any(word in text for word in ("malformed", "format"))
    return "session" in text and not malformed and any(word in text for word in says)
