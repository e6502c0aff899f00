"""Causes in how a GET stream opens, and whether it can carry anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.ages import TOGETHER_S, ended_together, over, times
from streamtriage.causes.cause import cause
from streamtriage.causes.displaced import displaced_streams
from streamtriage.causes.explains import (
    STREAM_GETS,
    broken_promise,
    flap,
    late_head,
    local,
    malformed,
    refused,
    unanswered,
)
from streamtriage.causes.hops import unseen, whose
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.proxy import held_by_inspection
from streamtriage.causes.shared_session import told_by_sharing
from streamtriage.causes.stream_life import suspects
from streamtriage.causes.waits import ran_out, waited_s
from streamtriage.causes.words import answer, counted, seconds
from streamtriage.model import Citation, Exchange, Failure, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.observations.altered import cache_sign
from streamtriage.observations.cut import FLAP_S
from streamtriage.observations.late_head import LATE_S, is_late, stood_empty

if TYPE_CHECKING:
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = [
    "headers_never_flushed",
    "instant_close_flap",
    "stateless_200_dead_stream",
]

# Two times are one timer's if they differ by less than this part.
SAME = 0.2


@cause(
    layer="stream",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike="get-200-html-or-json",
    explains=(
        flap(STREAM_GETS),
        malformed("retry-overflows", at=STREAM_GETS),
        local("log-flap"),
    ),
    fixes=(
        Fix(
            where="the server's GET handler (Express shown)",
            what="Hold the stream open and write a comment at once and every 15 s, or "
            "answer 405.",
            paste="res.write(': open\\n\\n');\n"
            "const beat = setInterval(() => res.write(': keepalive\\n\\n'), 15000);\n"
            "res.on('close', () => clearInterval(beat));",
            verify="open",
        ),
    ),
    citations=(
        Citation(
            source="https://github.com/modelcontextprotocol/typescript-sdk/issues/2682"
        ),
        Citation(source="TypeScript SDK 1.32.2, 1 GET a second for ever", grade="L"),
    ),
)
def instant_close_flap(case: Case) -> Judgement:
    """Every GET stream opens and ends at once, so the client asks once a second."""
    # What one event ended is not brief by itself: it happened to be young. So did what
    # another client's stream took the place of.
    by_one = [*ended_together(case), *displaced_streams(case)]
    told = [s for s in case.live_gets if s.is_event_stream and _told(s)]
    streams = [s for s in told if s not in by_one]
    if not told:
        return unknown(say("instant-close-flap.unknown"))
    usual_s = _usual_s(case)
    brief = [s for s in streams if _brief(s, usual_s)]
    late = [s for s in streams if over(s) and s not in brief and not _lived(s)]
    if late:
        return absent(
            say(
                "instant-close-flap.absent",
                heads=counted(len(late), "head"),
                times=times([s.head_wait_s or 0.0 for s in late]),
            ),
            *case.probes_of(late, "hold"),
        )
    if any(cache_sign(case, s) for s in brief):
        return absent(
            say("instant-close-flap.absent.they-are-recordings-from"),
            *case.probes_of(brief, "open"),
        )
    if (shared := told_by_sharing(case)) is not None:
        return shared
    if any(s.polls for s in brief):
        return absent(
            say("instant-close-flap.absent.the-stream-sends-an"),
            "open",
        )
    polite = [s for s in brief if s.end is not None and s.end.clean]
    if len(brief) < 2 or (len(brief) < len(streams) and len(polite) < 2):
        rests = [*case.probes_of(told, "open"), *case.probes_of(told, "hold")]
        return absent(
            say("instant-close-flap.absent.streams-are-not-ended"),
            *dict.fromkeys(rests),
        )
    if len(brief) < len(streams):
        return suspected(
            say(
                "instant-close-flap.suspected",
                n_brief=len(brief),
                streams=counted(len(streams), "stream"),
            ),
            say("instant-close-flap.suspected.settle"),
            "open",
            "hold",
        )
    longest = max(s.lived_s or 0.0 for s in brief)
    how = (
        say("word.politely")
        if len(polite) == len(brief)
        else say("instant-close-flap.how")
    )
    carried = sum(s.events for s in brief)
    held = (
        say("instant-close-flap.held", events=counted(carried, "event"))
        if carried
        else say("instant-close-flap.held.nothing-on-them")
    )
    overflown = next((s.retry_ms for s in brief if s.retry_overflows), None)
    often = say("instant-close-flap.often")
    if overflown is not None:
        often = say("instant-close-flap.often.after-1-ms-each", overflown=overflown)
    return present(
        say(
            "instant-close-flap.present",
            n_brief=len(brief),
            how=how,
            longest=seconds(longest),
            held=held,
            often=often,
        ),
        "open",
        "hold",
    )


def _told(seen: Exchange) -> bool:
    """True unless we ended it ourselves before it could show how long it lives."""
    natural = seen.end is not None and seen.end.natural
    return natural or (seen.lived_s or 0.0) >= FLAP_S


def _lived(seen: Exchange) -> bool:
    return seen.lived_s is None or seen.lived_s >= FLAP_S


def _brief(seen: Exchange, usual_s: float) -> bool:
    """True when a stream ended as soon as its request could be answered at all."""
    if not over(seen) or _lived(seen):
        return False
    late_s = (seen.head_wait_s or 0.0) - usual_s - seen.late_s
    return late_s < FLAP_S


def _usual_s(case: Case) -> float:
    """Return how long the server, or the way to it, takes for any answer."""
    waits = [s.head_wait_s for s in case.posts if s.head_wait_s is not None]
    return max(waits, default=0.0)


@cause(
    layer="proxy",
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    look_alike="tcp-blackhole-timeout",
    explains=(
        late_head(),
        unanswered(at=(Phase.LISTEN,)),
        refused(504, 524, at=STREAM_GETS),
    ),
    fixes=(
        Fix(
            where="the server's GET handler (Express shown)",
            what="Write a comment as soon as the stream opens, so that there is a "
            "byte to pass on; a server that never sends anything should answer 405.",
            paste="res.flushHeaders();\nres.write(': open\\n\\n');",
            verify="open",
        ),
        Fix(
            where="the server's middleware (Express `compression` shown)",
            what="Let none hold the stream back.",
            paste="app.use(compression({ filter: (req, res) =>\n"
            "  !String(res.getHeader('Content-Type')).includes('event-stream') }));",
            verify="open",
        ),
        Fix(
            where="nginx",
            what="Do not buffer the stream.",
            paste="proxy_buffering off;  # or the server sends X-Accel-Buffering: no",
            verify="open",
        ),
    ),
    citations=(
        Citation(source="https://github.com/modelcontextprotocol/go-sdk/issues/937"),
        Citation(
            source="nginx 1.22 with default buffering: 6 s against 3 ms", grade="L"
        ),
        Citation(
            source="nginx 1.22, HTTP/1.0 to the server, X-Accel-Buffering ignored: the "
            "head came with the first 4 KB, after 25 s of comments; over HTTP/2 with "
            "TLS, unbuffered: with the first byte",
            grade="L",
        ),
    ),
)
def headers_never_flushed(case: Case) -> Judgement:
    """The GET gets no response head as long as the stream has little to say."""
    post = case.handshake.post if case.handshake else None
    out = ran_out(case)
    gets = [
        g
        for g in case.sent_gets
        if g.answered or g.failure is Failure.TIMED_OUT or g in out
    ]
    if not gets or post is None or post.headers_s is None:
        return unknown(say("headers-never-flushed.unknown"))
    if (other := _of_another_kind(case)) is not None:
        return other
    quick = say("headers-never-flushed.quick", headers_s=seconds(post.headers_s))
    streamed = [g for g in gets if g.is_event_stream]
    if out and not streamed:
        return _gave_up(case, out, quick)
    refused = [g for g in gets if g.answered and not g.is_event_stream]
    if refused:
        return absent(
            say("headers-never-flushed.absent", answer=answer(refused[0])),
            *case.probes_of(refused, "open"),
        )
    came = [g for g in gets if g.answered]
    never = [g for g in gets if not g.answered]
    prompt = [g for g in came if not is_late(g.headers_s, post.headers_s)]
    if prompt:
        return absent(
            say(
                "headers-never-flushed.absent.the-head-of-the",
                headers_s=seconds(prompt[0].headers_s),
                quick=quick,
            ),
            "open",
            "hold",
        )
    if any(stood_empty(seen) for seen in came):
        return absent(
            say(
                "headers-never-flushed.absent.the-head-took-but",
                headers_s=seconds(came[0].headers_s),
            ),
            "open",
            "hold",
        )
    if (busy := _too_busy(case, gets, post.headers_s)) is not None:
        return busy
    waited = min((g.ended_s or 0.0 for g in never), default=0.0)
    if came:
        return _came_with_first_byte(case, came, quick, post.date_lag_s)
    if not is_late(waited, post.headers_s):
        return suspected(
            say("headers-never-flushed.suspected", waited=seconds(waited), quick=quick),
            say("headers-never-flushed.suspected.settle"),
            "open",
            owner=whose(case),
        )
    return present(
        say(
            "headers-never-flushed.present",
            gets=counted(len(never), "GET"),
            waited=seconds(waited),
            quick=quick,
        )
        + unseen(case, say("headers-never-flushed")),
        "open",
        "hold",
        owner=whose(case),
    )


def _gave_up(case: Case, out: tuple[Exchange, ...], quick: Text) -> Judgement:
    """Judge GETs on which a hop gave up: its wait for a first byte ran out."""
    waits = times([waited_s(g) for g in out])
    said = (
        say("stream.gave-up.said")
        if out[0].status is None
        else say("stream.gave-up.said.got", answer=answer(out[0]))
    )
    rests = case.probes_of(out, "hold")
    text = say(
        "stream.gave-up.text",
        gets=counted(len(out), "GET"),
        said=said,
        waits=waits,
        quick=quick,
    )
    return present(
        say(
            "stream.gave-up.present",
            text=text,
            suspects=suspects(case, min(waited_s(g) for g in out)),
        ),
        *rests,
        owner="proxy" if out[0].status is not None else whose(case),
    )


def _of_another_kind(case: Case) -> Judgement | None:
    """Return where a head that does not come says nothing of heads."""
    if held_by_inspection(case):
        return absent(say("stream.of-another-kind.absent"), "proxy")
    if case.silence is not None and case.silence.fell_silent_after:
        return absent(
            say("stream.of-another-kind.absent.since-then-the-server"),
            "silence",
        )
    return None


def _too_busy(case: Case, gets: list[Exchange], post_s: float) -> Judgement | None:
    """Return that it cannot be told, where this program may have been what was late."""
    for seen in gets:
        waited_s = seen.headers_s if seen.answered else seen.ended_s
        server_s = (waited_s or 0.0) - seen.late_s
        if is_late(waited_s, post_s) and not is_late(server_s, post_s):
            return unknown(
                say(
                    "stream.too-busy.unknown",
                    waited_s=seconds(waited_s),
                    late_s=seconds(seen.late_s),
                )
            )
    control = case.control.stream if case.control else None
    if control is not None and not control.answered:
        return unknown(say("stream.too-busy.unknown.the-head-came-late"))
    return None


def _came_with_first_byte(
    case: Case, came: list[Exchange], quick: Text, calm_lag_s: float | None
) -> Judgement:
    """Judge heads that came late and together with the first byte.

    A slow handler looks the same, unless the server dated its head long before it
    arrived, or heads wait for exactly one interval of the keep-alive comments.
    """
    text = say("stream.came-with-first-byte.text", headers_s=seconds(came[0].headers_s))
    text += say("stream.came-with-first-byte", quick=quick)
    cut = [
        g
        for g in came
        if over(g) and (g.lived_s or 0.0) <= TOGETHER_S and not _polite(g)
    ]
    if len(cut) > 1:
        waits = times([g.head_wait_s or 0.0 for g in cut])
        return present(
            say("stream.came-with-first-byte.present", text=text, waits=waits),
            "open",
            "hold",
            owner=whose(case),
        )
    for seen in came:
        lag = (seen.date_lag_s or 0.0) - (calm_lag_s or 0.0) - seen.late_s
        if seen.date_lag_s is not None and calm_lag_s is not None and lag >= LATE_S:
            return present(
                say(
                    "stream.came-with-first-byte.present.the-server-had-dated",
                    text=text,
                    lag=seconds(lag),
                ),
                "open",
                "hold",
                owner=whose(case),
            )
        beat, wait = seen.comment_interval_s, seen.headers_s
        if beat and wait and abs(beat - wait) <= SAME * beat:
            return present(
                say(
                    "stream.came-with-first-byte.present.that-is-the-interval",
                    text=text,
                    beat=seconds(beat),
                ),
                "open",
                "hold",
                owner=whose(case),
            )
    return suspected(
        say("stream.came-with-first-byte.suspected", text=text),
        say("stream.came-with-first-byte.suspected.settle"),
        "open",
        "hold",
        owner=whose(case),
    )


def _polite(seen: Exchange) -> bool:
    return seen.end is not None and seen.end.clean


@cause(
    layer="stream",
    owner="server",
    scope="deployment configuration",
    impact="cosmetic",
    look_alike="healthy",
    explains=(broken_promise("nobody-to-write-to", at=(Phase.HELD,)),),
    fixes=(
        Fix(
            where="a TypeScript server without sessions (Express)",
            what="Answer GET with 405, as the SDK's stateless example does.",
            paste="app.get('/mcp', (req, res) => {\n"
            "  res.status(405).set('Allow', 'POST').end();\n});",
            verify="open",
        ),
        Fix(
            where="a Python server",
            what="Use FastMCP of February 2026 or later (pull request 3195): without "
            "sessions it answers 405.",
            paste="mcp.run(transport='http', stateless_http=True)  # FastMCP",
            verify="open",
        ),
    ),
    citations=(
        Citation(
            source="https://github.com/modelcontextprotocol/python-sdk/issues/2474"
        ),
        Citation(
            source="https://github.com/modelcontextprotocol/typescript-sdk/pull/1884"
        ),
    ),
)
def stateless_200_dead_stream(case: Case) -> Judgement:
    """A server without sessions opens a stream that can never carry a message."""
    handshake = case.handshake
    if handshake is None or not handshake.revision:
        return unknown(say("stateless-200-dead-stream.unknown"))
    if handshake.session_issued:
        return absent(say("stateless-200-dead-stream.absent"), "handshake")
    streams = [seen for seen in case.gets if seen.is_event_stream]
    if not streams:
        return absent(
            say("stateless-200-dead-stream.absent.no-event-stream-is"), "open"
        )
    if any(seen.events for seen in streams):
        return absent(
            say("stateless-200-dead-stream.absent.the-stream-carried-events"),
            "open",
            "hold",
        )
    if any(seen.status == 409 for seen in case.gets):
        return absent(
            say("stateless-200-dead-stream.absent.a-second-get-is"),
            "open",
            "hold",
        )
    held = [s for s in streams if (s.lived_s or 0.0) >= FLAP_S]
    if not held:
        return absent(
            say("stateless-200-dead-stream.absent.streams-end-at-once"), "open"
        )
    longest = max(seen.lived_s or 0.0 for seen in held)
    return present(
        say(
            "stateless-200-dead-stream.present",
            streams=counted(len(streams), "stream"),
            longest=seconds(longest),
        ),
        "handshake",
        "open",
        "hold",
    )
