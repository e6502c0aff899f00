"""The cause `headers-never-flushed`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import (
    STREAM_GETS,
    late_head,
    refused,
    unanswered,
)
from streamtriage.causes.inspection import held_by_inspection
from streamtriage.causes.intermediaries import suspects, unseen, whose
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.stream_ages import TOGETHER_S, over, times
from streamtriage.causes.waits import ran_out, waited_s
from streamtriage.model import CauseId, Citation, Exchange, Failure, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.observations.late_head import LATE_S, is_late, stood_empty
from streamtriage.wording import answer, counted, seconds

if TYPE_CHECKING:
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["headers_never_flushed"]

# Two times are one timer's if they differ by less than this part.
SAME = 0.2


@cause(
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("tcp-blackhole-timeout"),
    remedies=("buffer",),
    reported_as=(
        "gateway-buffers-get",
        "headers-held",
    ),
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
