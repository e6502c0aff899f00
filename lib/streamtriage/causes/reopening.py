"""Causes in what happens when a stream that had ended is asked for again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import REOPENING, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import answer, listed, seconds
from streamtriage.model import Citation, Exchange, Fix, Reopening

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["half_open_stream_409"]

# A server that is not told of a client's end learns of it when it next writes.
OWN_CLOSE_S = 3.0


@cause(
    layer="stream",
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    look_alike="two-clients-one-session",
    explains=(refused(409, at=REOPENING),),
    fixes=(
        Fix(
            where="nginx in front of the server",
            what="Close the server's side when the client's side is gone (the default; "
            "look for an `on`).",
            paste="proxy_ignore_client_abort off;",
            verify="reopen",
        ),
        Fix(
            where="HAProxy",
            what="Close the server's side when the client's side is gone. By default "
            "HAProxy waits on for a silent server, until `timeout server`.",
            paste="option abortonclose",
            verify="reopen",
        ),
        Fix(
            where="the server",
            what="Let a new GET replace the old stream, and write a comment every 15 s "
            "so that a dead peer is noticed.",
            paste="npm install @modelcontextprotocol/sdk@^1.30  # comments every 15 s",
            verify="reopen",
        ),
        Fix(
            where="Claude Code, now",
            what="Start a new session.",
            paste="/mcp reconnect NAME",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="TypeScript SDK 1.32.2 and Python SDK 2.3.0", grade="L"),
        Citation(source="HAProxy 2.6 without `option abortonclose`", grade="L"),
        Citation(source="https://github.com/anthropics/claude-code/issues/31752"),
        Citation(source="https://github.com/danny-avila/LibreChat/pull/14816"),
    ),
)
def half_open_stream_409(case: Case) -> Judgement:
    """The server still counts the old stream, so it refuses a new one."""
    ended = [r for r in case.reopenings if r.first.is_event_stream and r.attempts]
    if not ended:
        return unknown("No stream was opened again.")
    late = [r for r in ended if _conflicts(r)]
    if not late:
        return absent(
            "No stream was refused as already open on the client's schedule.", "reopen"
        )
    natural = [r for r in late if r.ended_by == "server"]
    one = next((r for r in (*natural, *late) if not r.recovered), (*natural, *late)[0])
    tries = [a for a in one.refused if _is_conflict(a.get)]
    times = listed([f"+{a.after_s:g} s" for a in tries])
    how = {
        "server": "had been cut",
        "client-fin": "had been closed by us",
        "client-rst": "had been reset by us",
    }[one.ended_by]
    text = (
        f"A stream {how}; a new GET in the same session was answered "
        f"{answer(tries[0].get)} at {times}"
    )
    doubt = _doubt(case, text)
    if doubt is not None:
        return doubt
    if not natural and (ours := _ours_alone(case, text)) is not None:
        return ours
    if not natural:
        kept = seconds(_kept_s(case))
        text += f", and still {kept} after another one had vanished"
    if one.recovered:
        return present(
            f"{text}, and accepted at +{one.attempts[-1].after_s:g} s. The client "
            "writes one error and is then connected again.",
            "reopen",
            "hold",
            impact="cosmetic",
        )
    if not any(post.accepted for post in one.posts):
        return suspected(
            f"{text}; but POST does not work in that session either.",
            "Run the triage again.",
            "reopen",
        )
    return present(
        f"{text}, while POST works in that session. The client tries only twice, at "
        "+1 s and +2.5 s, and then never again.",
        "reopen",
        "hold",
    )


def _ours_alone(case: Case, text: str) -> Judgement | None:
    """Judge a conflict that was met only after ends of our own; None if it is proven.

    What follows an end of our own may be nothing that any client meets.
    """
    freed = _free_again(case)
    if freed is not None:
        return suspected(
            f"{text}. But a stream that ended by itself after "
            f"{seconds(freed.first.lived_s)} could be opened again at "
            f"+{freed.attempts[-1].after_s:g} s: only a client that closes its stream "
            "itself meets this.",
            "Look in the client's log for what ended its stream.",
            "reopen",
            "hold",
        )
    if _kept_s(case) > OWN_CLOSE_S:
        return None
    return suspected(
        f"{text}, all of it within {seconds(OWN_CLOSE_S)} of our own close: many "
        "servers notice a closed stream only when they write on it.",
        "Hold for longer, so that the place is asked for later: --hold 20.",
        "reopen",
    )


def _doubt(case: Case, text: str) -> Judgement | None:
    """Say where the stream that is counted may be another one than ours."""
    if case.handshake is not None and not case.handshake.session_issued:
        return suspected(
            f"{text}. But the server issues no session ids, so whose stream it counts "
            "cannot be known.",
            "Run the triage again while nothing else is connected to the server.",
            "handshake",
            "reopen",
        )
    if any(_is_conflict(seen) for seen in case.live_gets):
        return suspected(
            f"{text}. But first GETs of other sessions were refused so too: the server "
            "may allow one stream at a time to everybody.",
            "Run the triage again while nothing else is connected to the server.",
            "reopen",
            "open",
        )
    return None


def _free_again(case: Case) -> Reopening | None:
    """Return a stream that ended by itself and whose place was free at once."""
    own = (watch.reopening for watch in case.watches)
    return next(
        (r for r in own if r is not None and r.ended_by == "server" and r.recovered),
        None,
    )


def _kept_s(case: Case) -> float:
    """Return how long after our own end the place was still refused, at most."""
    tries = case.second.tries if case.second is not None else ()
    return max((a.after_s for a in tries if _is_conflict(a.get)), default=0.0)


def _is_conflict(seen: Exchange) -> bool:
    # What mcp-go and the C# SDK say with 400 are causes of their own.
    return seen.status == 409


def _conflicts(reopening: Reopening) -> bool:
    """True when the client itself would have met the conflict: not the try at once."""
    return any(_is_conflict(a.get) and a.after_s > 0 for a in reopening.refused)
