"""The cause `half-open-stream-409`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import Taken, cause
from streamtriage.causes.explains import REOPENING, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.model import CauseId, Citation, Exchange, Fix, Reopening
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer, listed, quoted, seconds

if TYPE_CHECKING:
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["half_open_stream_409"]

# A server that is not told of a client's end learns of it when it next writes.
OWN_CLOSE_S = 3.0


@cause(
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("two-clients-one-session"),
    remedies=(
        "pass-abort",
        "new-session",
    ),
    reported_as=(
        "half-open-tcp",
        "zombie-stream",
        "zombie-stream-on-reopen",
    ),
    issues=(
        "anthropics/claude-code#31752",
        "Michael-Obele/shadcn-svelte-mcp#2",
    ),
    taken_for_it=(
        Taken(
            cause="two-clients-one-session",
            title="Two living clients share one session, and one is refused",
            why="This tool opens sessions of its own, so it never shares the person's; "
            "a 409 in one of those is another cause. Ask whether two programs, or a"
            " proxy in front of them, use one session id.",
            source="https://github.com/modelcontextprotocol/typescript-sdk/blob/1.30.0/src/server/webStandardStreamableHttp.ts#L465",
            grade="V",
            date="2026-11-23",
        ),
        Taken(
            cause="wake-stale-socket",
            title="After sleep the client's socket is dead and the server still "
            "counts it",
            why="This tool cannot send the machine to sleep. Both ends of it are "
            "judged: the place that a vanished stream keeps (probe second), and "
            "wakes in the client's log.",
            source="https://github.com/anthropics/claude-code/issues/26368",
            grade="I",
            date="2026-11-23",
        ),
    ),
    explains=(refused(409, at=(*REOPENING, Phase.RESUME)),),
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
    if not any(map(_conflicts, ended)) and (taken := _resuming(case)) is not None:
        return taken
    if not ended:
        return unknown(say("half-open-stream-409.unknown"))
    late = [r for r in ended if _conflicts(r)]
    if not late:
        return absent(say("half-open-stream-409.absent"), "reopen")
    natural = [r for r in late if r.ended_by == "server"]
    one = next((r for r in (*natural, *late) if not r.recovered), (*natural, *late)[0])
    tries = [a for a in one.refused if _is_conflict(a.get)]
    times = listed(
        [say("half-open-stream-409.times", after_s=a.after_s) for a in tries]
    )
    how = {
        "server": say("half-open-stream-409.how.had-been-cut"),
        "client-fin": say("half-open-stream-409.how.had-been-closed-by-us"),
        "client-rst": say("half-open-stream-409.how.had-been-reset-by-us"),
    }[one.ended_by]
    text = say(
        "half-open-stream-409.text", how=how, answer=answer(tries[0].get), times=times
    )
    doubt = _doubt(case, text)
    if doubt is not None:
        return doubt
    if not natural and (ours := _ours_alone(case, text)) is not None:
        return ours
    if not natural:
        kept = seconds(_kept_s(case))
        text += say("half-open-stream-409", kept=kept)
    if one.recovered:
        return present(
            say(
                "half-open-stream-409.present",
                text=text,
                after_s=one.attempts[-1].after_s,
            ),
            "reopen",
            "hold",
            impact="cosmetic",
        )
    if not any(post.accepted for post in one.posts):
        return suspected(
            say("half-open-stream-409.suspected", text=text),
            say("half-open-stream-409.suspected.settle"),
            "reopen",
        )
    return present(
        say("half-open-stream-409.present.while-post-works-in", text=text),
        "reopen",
        "hold",
    )


def _resuming(case: Case) -> Judgement | None:
    """Judge a conflict that only a GET with the id of an event met, after our close.

    The one without an id is a new stream; with it the old one is asked for.
    """
    seen = case.resume
    if seen is None or seen.plain is None or not seen.resumed:
        return None
    if not seen.plain.is_event_stream or not all(map(_is_conflict, seen.resumed)):
        return None
    return suspected(
        say(
            "half-open-stream-409.resuming",
            answer=answer(seen.resumed[0]),
            quoted=quoted(seen.resumed[0]),
            answer_2=answer(seen.plain),
        ),
        say("half-open-stream-409.resuming.settle"),
        "resume",
    )


def _ours_alone(case: Case, text: Text) -> Judgement | None:
    """Judge a conflict that was met only after ends of our own; None if it is proven.

    What follows an end of our own may be nothing that any client meets.
    """
    freed = _free_again(case)
    if freed is not None:
        return suspected(
            say(
                "reopening.ours-alone.suspected",
                text=text,
                lived_s=seconds(freed.first.lived_s),
                after_s=freed.attempts[-1].after_s,
            ),
            say("reopening.ours-alone.suspected.settle"),
            "reopen",
            "hold",
        )
    if _kept_s(case) > OWN_CLOSE_S:
        return None
    return suspected(
        say(
            "reopening.ours-alone.suspected.all-of-it-within",
            text=text,
            own_close_s=seconds(OWN_CLOSE_S),
        ),
        say("reopening.ours-alone.suspected.settle.hold-for-longer-so"),
        "reopen",
    )


def _doubt(case: Case, text: Text) -> Judgement | None:
    """Say where the stream that is counted may be another one than ours."""
    if case.handshake is not None and not case.handshake.session_issued:
        return suspected(
            say("reopening.doubt.suspected", text=text),
            say("reopening.doubt.suspected.settle"),
            "handshake",
            "reopen",
        )
    if any(_is_conflict(seen) for seen in case.live_gets):
        return suspected(
            say("reopening.doubt.suspected.but-first-gets-of", text=text),
            say("reopening.doubt.suspected.settle"),
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
