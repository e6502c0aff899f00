"""The cause `server-restart-session-lost`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ComesAndGoes, Taken, cause
from streamtriage.causes.explains import ANSWERS, cut, flap, not_reached, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.session_ids import (
    SESSION_MANAGEMENT,
    new_session_works,
    session_lost,
)
from streamtriage.causes.shared_sessions import told_by_sharing
from streamtriage.model import (
    CauseId,
    Citation,
    Failure,
    Fix,
    Reopening,
)
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.observations.inconsistent import in_turns
from streamtriage.wording import answer, counted, quoted, seconds

if TYPE_CHECKING:
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["server_restart_session_lost"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    look_alike=CauseId("session-idle-reaped"),
    remedies=("new-session",),
    comes_and_goes=ComesAndGoes("event", "it happened when the server restarted"),
    reported_as=(
        "session-lost",
        "token-lost-on-restart",
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
    taken_for_it=(
        Taken(
            cause="session-terminated-by-delete",
            title="Another process or tab ended the session by DELETE",
            why="Whoever has the same session id can end it, and nobody else sees that."
            " What the server says of a session that was ended is measured (probe "
            "open); compare its words with those in the client's log.",
            source="https://github.com/modelcontextprotocol/python-sdk/blob/v1.29.0/src/mcp/server/streamable_http.py#L417",
            grade="V",
            date="2026-11-23",
        ),
    ),
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
        SESSION_MANAGEMENT,
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
    lost = [r for r in case.reopenings if session_lost(r)]
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
    if fresh is None or not new_session_works(one):
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


def _when(case: Case, lost: list[Reopening]) -> Text:
    """Tell a session that ends with its stream from one that a restart ended."""
    tried = [r for r in case.reopenings if r.attempts]
    ours = [r for r in lost if r.ended_by != "server"]
    if len(lost) == len(tried) and len(ours) == len(lost):
        return say("session.when")
    return ""
