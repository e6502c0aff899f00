"""Causes in what becomes of a session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import ANSWERS, cut, flap, not_reached, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.shared_session import told_by_sharing
from streamtriage.causes.words import answer, counted, quoted, seconds
from streamtriage.model import (
    Citation,
    Exchange,
    Failure,
    Fix,
    OpenEvidence,
    Reopening,
)
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.observations.inconsistent import in_turns

if TYPE_CHECKING:
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["server_restart_session_lost", "session_400_instead_of_404"]

_SESSIONS = Citation(source="MCP 2025-11-25, basic/transports, Session Management")


@cause(
    layer="session",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    look_alike="session-idle-reaped",
    explains=(
        refused(400, 404, at=(Phase.POST, Phase.REOPEN, Phase.SESSION)),
        not_reached(Failure.REFUSED, at=ANSWERS),
        cut(),
        flap((Phase.OPEN, Phase.LISTEN)),
    ),
    fixes=(
        Fix(
            where="Claude Code, now",
            what="Start a new session; from 2.1.153 on it does so by itself.",
            paste="/mcp reconnect NAME",
            verify="handshake",
        ),
        Fix(
            where="the server",
            what="Find out why it restarted; keep sessions in a shared store, or run "
            "without sessions and answer GET with 405.",
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
        return unknown(say("server-restart-session-lost.unknown"))
    lost = [r for r in case.reopenings if _lost(r)]
    if not lost:
        return absent(
            say("server-restart-session-lost.absent"),
            "reopen",
            "hold",
        )
    turn = case.wavering
    if turn is not None:
        return absent(
            say(
                "server-restart-session-lost.absent.the-same-session-was",
                answer=answer(turn[0]),
            ),
            "reopen",
        )
    if in_turns(case):
        return absent(
            say("server-restart-session-lost.absent.the-session-was-refused"),
            "replicas",
        )
    if (shared := told_by_sharing(case)) is not None:
        return shared
    one = lost[0]
    last = one.attempts[-1].get
    had = say(
        "server-restart-session-lost.had",
        lived_s=seconds(one.first.lived_s),
        answer=answer(last),
        last=quoted(last),
        answer_2=answer(one.posts[0]),
        fresh_connections=counted(len(one.posts), "fresh connection"),
    )
    fresh = one.fresh
    if fresh is None or not _anew(one):
        how = (
            answer(fresh)
            if fresh is not None
            else say("server-restart-session-lost.how")
        )
        return suspected(
            say("server-restart-session-lost.suspected", had=had, how=how),
            say("server-restart-session-lost.suspected.settle"),
            "reopen",
            "hold",
        )
    return present(
        say(
            "server-restart-session-lost.present",
            had=had,
            answer=answer(fresh),
            when=_when(case, lost),
        ),
        "hold",
        "reopen",
    )


def _lost(reopening: Reopening) -> bool:
    """True when GET and POST of a session that had worked are both refused as unknown.

    404 is what revision 2025-11-25 prescribes, 400 what many servers say instead; a new
    session is then accepted with the same headers, so nothing but the session is old.
    """
    if not (reopening.first.is_event_stream and reopening.refused and reopening.posts):
        return False
    get, post = reopening.refused[-1].get, reopening.posts[0]
    return (
        not reopening.attempts[-1].get.accepted
        and get.status in (400, 404)
        and post.status in (400, 404)
    )


def _anew(reopening: Reopening) -> bool:
    return reopening.fresh is not None and reopening.fresh.accepted


def _when(case: Case, lost: list[Reopening]) -> Text:
    """Tell a session that ends with its stream from one that a restart ended."""
    tried = [r for r in case.reopenings if r.attempts]
    ours = [r for r in lost if r.ended_by != "server"]
    if len(lost) == len(tried) and len(ours) == len(lost):
        return say("session.when")
    return ""


@cause(
    layer="session",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike="get-4xx-instead-of-405",
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
        _SESSIONS,
        Citation(source="https://github.com/sst/opencode/issues/32809", grade="I"),
        Citation(source="python-sdk 1.25.0 streamable_http_manager.py:282"),
    ),
)
def session_400_instead_of_404(case: Case) -> Judgement:
    """A session that is not known is answered 400 where clients need 404."""
    forgotten = [r.posts[0] for r in case.reopenings if _lost(r) and _anew(r)]
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
