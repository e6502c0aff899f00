"""Causes in the life of the GET stream: how it opens, lives and ends."""

from __future__ import annotations

from streamtriage.causes.ages import lives, noisy_against
from streamtriage.causes.case import (
    Case,
    Judgement,
    absent,
    cause,
    present,
    suspected,
    unknown,
)
from streamtriage.causes.hops import hops
from streamtriage.causes.words import answer, ended, seconds
from streamtriage.knowledge import limits_near
from streamtriage.model import Citation, Exchange, Fix, Reopening

__all__ = [
    "half_open_stream_409",
    "headers_never_flushed",
    "instant_close_flap",
    "lb_idle_60s",
    "stateless_200_dead_stream",
]

# The reference client waits one second between an end and its next GET, so a stream
# that does not live for one second is a loop of one request a second.
FLAP_S = 1.0
# A head that takes this long and this many times a POST's time is being held.
HELD_S = 2.0
HELD_TIMES = 10.0
# Two ages are one limit if they differ by less than a third of the distance between
# the two starts: a single event would make them differ by all of it.
SAME_AGE = 1 / 3


@cause(
    layer="stream",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike="get-200-html-or-json",
    fixes=(
        Fix(
            where="the server's GET handler",
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
    streams = [seen for seen in case.live_gets if seen.is_event_stream]
    if not streams:
        return unknown("No event stream was opened.")
    flaps = [s for s in streams if _flapped(s)]
    if any(s.event_ids or s.retry_ms is not None for s in flaps):
        return absent(
            "The stream sends an event id or `retry` before it ends: that is the "
            "polling that revision 2025-11-25 allows.",
            "open",
        )
    if len(flaps) < 2:
        return absent("Streams stay open for longer than a second.", "open", "hold")
    if len(flaps) < len(streams):
        return suspected(
            f"{len(flaps)} of {len(streams)} streams ended within a second.",
            "Run the triage again with a longer hold.",
            "open",
            "hold",
        )
    longest = max(s.lived_s or 0.0 for s in flaps)
    return present(
        f"{len(flaps)} streams in different sessions were opened with 200 and ended "
        f"cleanly within {seconds(longest)}, with nothing on them.",
        "open",
        "hold",
    )


def _flapped(seen: Exchange) -> bool:
    return (
        seen.end is not None
        and seen.end.natural
        and seen.end.clean
        and seen.lived_s is not None
        and seen.lived_s < FLAP_S
        and seen.events == 0
    )


@cause(
    layer="stream",
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    look_alike="two-clients-one-session",
    fixes=(
        Fix(
            where="nginx in front of the server",
            what="Close the server's side when the client's side is gone.",
            paste="proxy_ignore_client_abort off;",
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
            where="the client, now",
            what="Start a new session.",
            paste="/mcp reconnect NAME",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="TypeScript SDK 1.32.2 and Python SDK 2.3.0", grade="L"),
        Citation(source="https://github.com/anthropics/claude-code/issues/31752"),
        Citation(source="https://github.com/danny-avila/LibreChat/pull/14816"),
    ),
)
def half_open_stream_409(case: Case) -> Judgement:
    """The server still counts the old stream, so it refuses a new one."""
    if not case.reopenings:
        return unknown("No stream was opened again.")
    ended = [r for r in case.reopenings if r.first.is_event_stream]
    on_schedule = [r for r in ended if _conflicts(r)]
    if not on_schedule:
        return absent(
            "A stream could be opened again on the client's schedule.", "reopen"
        )
    one = on_schedule[0]
    tries = [a for a in one.refused if _is_conflict(a.get)]
    times = " and ".join(f"+{a.after_s:g} s" for a in tries)
    how = {
        "server": "had been cut",
        "client-fin": "had been closed by us",
        "client-rst": "had been reset by us",
    }[one.ended_by]
    alive = "while POST works in the same session"
    if not any(post.accepted for post in one.posts):
        if not one.recovered:
            return suspected(
                f"The stream {how}, and a new GET was answered {answer(tries[0].get)}; "
                "but POST does not work either.",
                "Run the triage again.",
                "reopen",
            )
        alive = f"and accepted at +{one.attempts[-1].after_s:g} s"
    return present(
        f"A stream {how}; a new GET in the same session was answered "
        f"{answer(tries[0].get)} at {times}, {alive}. The client's only tries are at "
        "+1 s and +2.5 s.",
        "reopen",
        "hold",
        impact="cosmetic" if one.recovered else None,
    )


def _is_conflict(seen: Exchange) -> bool:
    if seen.status == 409:
        return True
    # mcp-go and hosts built on it say the same with 400.
    return seen.status == 400 and "session already exists" in seen.excerpt.lower()


def _conflicts(reopening: Reopening) -> bool:
    """True when the client itself would have met the conflict: not the try at once."""
    return any(_is_conflict(a.get) and a.after_s > 0 for a in reopening.refused)


@cause(
    layer="proxy",
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    look_alike="platform-max-request-300s",
    fixes=(
        Fix(
            where="the server",
            what="Write a comment on the stream every 15 s: that keeps every idle "
            "timer on the way from firing.",
            paste="npm install @modelcontextprotocol/sdk@^1.30  # TypeScript\n"
            'pip install -U "mcp>=1.26"  # Python',
            verify="hold",
        ),
        Fix(
            where="nginx",
            what="Wait longer for the next byte.",
            paste="proxy_read_timeout 1h;",
            verify="hold",
        ),
        Fix(
            where="AWS ALB",
            what="Raise the idle timeout (60 s by default, 4000 s at most).",
            paste="aws elbv2 modify-load-balancer-attributes --load-balancer-arn ARN "
            "--attributes Key=idle_timeout.timeout_seconds,Value=4000",
            verify="hold",
        ),
        Fix(
            where="HAProxy",
            what="Wait longer for the server.",
            paste="timeout server 1h",
            verify="hold",
        ),
    ),
    citations=(
        Citation(
            source="https://nginx.org/en/docs/http/ngx_http_proxy_module.html"
            "#proxy_read_timeout"
        ),
        Citation(source="https://github.com/anthropics/claude-code/issues/38631"),
    ),
)
def lb_idle_60s(case: Case) -> Judgement:
    """A hop cuts the stream when no byte has travelled for a while."""
    if len(case.watches) < 2:
        return unknown("No stream was watched in silence.")
    first, second = (watch.stream for watch in case.watches[:2])
    cut = [s for s in (first, second) if _cut(s)]
    watched = max(first.lived_s or 0.0, second.lived_s or 0.0)
    if not cut:
        return absent(
            f"No stream was cut in {seconds(watched)}. Not measured beyond that.",
            "hold",
        )
    if len(cut) < 2:
        return _one_cut(first, second, cut[0])
    ages = [s.silent_s or 0.0 for s in cut]
    apart = abs(second.started_s - first.started_s)
    if abs(ages[0] - ages[1]) > max(apart * SAME_AGE, 0.02 * max(ages)):
        return absent(
            f"The streams were cut after {seconds(ages[0])} and {seconds(ages[1])} of "
            "silence: no common limit.",
            "hold",
        )
    if not all(_idle(s) for s in cut):
        return absent(
            "The silence before the cut was no longer than silences that the stream "
            "had survived, so no idle limit did it.",
            "hold",
        )
    both = lives(case)
    noisy = noisy_against(case, both) if both is not None else ""
    if noisy == "same-age":
        return absent(
            "A stream on which the server was made to write was cut at the same age, "
            "so it is age that cuts them.",
            "hold",
            "lifetime",
        )
    limit = sum(ages) / 2
    never = all(s.body_bytes == 0 for s in cut)
    total = (
        " No byte was ever sent, so a limit on the whole life of the stream would look "
        "the same."
        if never and not noisy
        else ""
    )
    if noisy == "outlived":
        total = " A third one, on which the server was made to write, lived longer."
    return present(
        f"Two streams, started {seconds(apart)} apart, were each cut after "
        f"{seconds(limit)} of silence: it {ended(cut[0])}."
        f"{_suspects(case, limit)}{total}",
        "hold",
    )


def _one_cut(first: Exchange, second: Exchange, cut: Exchange) -> Judgement:
    other = second if cut is first else first
    age, outlived = cut.silent_s or 0.0, other.lived_s or 0.0
    if outlived > age:
        return absent(
            f"One stream was cut after {seconds(age)} of silence, the other lived for "
            f"{seconds(outlived)}: not a limit.",
            "hold",
        )
    return suspected(
        f"One stream was cut after {seconds(age)} of silence; the other was not watched "
        "for that long.",
        f"Hold for at least {age * 1.2 + 5:.0f} s: --hold {age * 1.2 + 5:.0f}.",
        "hold",
    )


def _cut(seen: Exchange) -> bool:
    return (
        seen.is_event_stream
        and seen.end is not None
        and seen.end.natural
        and not seen.end.clean
    )


def _idle(seen: Exchange) -> bool:
    """True when the last silence was the longest one, by more than jitter."""
    last = seen.silent_s or 0.0
    return last >= FLAP_S and last > 1.1 * seen.longest_silence_s


def _suspects(case: Case, limit: float) -> str:
    """Name who is known for this limit, and whom the headers show on the way."""
    known = limits_near(limit)
    seen = ", ".join(hops(case.exchanges))
    by_time = f" Known for this limit: {known}." if known else ""
    by_header = f" The headers show {seen} on the way." if seen else ""
    return by_time + by_header


@cause(
    layer="proxy",
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    look_alike="tcp-blackhole-timeout",
    fixes=(
        Fix(
            where="the server's GET handler",
            what="Write a comment as soon as the stream opens, so that there is a "
            "byte to pass on.",
            paste="res.flushHeaders();\nres.write(': open\\n\\n');",
            verify="open",
        ),
        Fix(
            where="nginx",
            what="Do not buffer the stream.",
            paste="proxy_buffering off;  # or send `X-Accel-Buffering: no`",
            verify="open",
        ),
    ),
    citations=(
        Citation(source="https://github.com/modelcontextprotocol/go-sdk/issues/937"),
        Citation(
            source="nginx 1.22 with default buffering: 6 s against 3 ms", grade="L"
        ),
    ),
)
def headers_never_flushed(case: Case) -> Judgement:
    """The head of the GET's response is held back until there is a first event."""
    gets = [
        seen
        for seen in (
            case.opened.live if case.opened else None,
            *(watch.stream for watch in case.watches),
        )
        if seen is not None
    ]
    post = case.handshake.post if case.handshake else None
    if not gets or post is None or post.headers_s is None:
        return unknown("GET and POST were not both timed.")
    post_s = post.headers_s
    waits = [_waited(seen) for seen in gets]
    if any(wait is None for wait in waits):
        return absent("The GET was answered or failed otherwise.", "open")
    shortest = min(wait for wait in waits if wait is not None)
    if shortest < HELD_S or shortest < HELD_TIMES * post_s:
        return absent(
            f"The head came {seconds(shortest)} after the GET; POST took "
            f"{seconds(post_s)}.",
            "open",
            "hold",
        )
    came = [seen for seen in gets if seen.answered]
    if not came:
        return present(
            f"{len(gets)} GETs got no response head for {seconds(shortest)}, while "
            f"POST was answered in {seconds(post_s)}.",
            "open",
            "hold",
        )
    if not all(_with_first_byte(seen) for seen in came):
        return suspected(
            f"The head took {seconds(shortest)}, though not until the first byte; POST "
            f"took {seconds(post_s)}.",
            "Time the server's own GET handler, without any hop before it.",
            "open",
        )
    clock_s = (case.delay.clock_s if case.delay is not None else None) or 0.0
    lag = None if came[0].date_lag_s is None else came[0].date_lag_s - clock_s
    dated = (
        f" The server dated it {seconds(lag)} before it arrived."
        if lag is not None and lag > HELD_S
        else ""
    )
    return present(
        f"The head of the GET came after {seconds(came[0].headers_s)}, with the "
        f"first byte, while POST was answered in {seconds(post_s)}.{dated}",
        "open",
        "hold",
    )


def _waited(seen: Exchange) -> float | None:
    """Return how long a head was waited for; None where it was refused or broke."""
    if seen.is_event_stream:
        return seen.headers_s
    if not seen.answered and str(seen.failure) == "timed-out":
        return seen.ended_s
    return None


def _with_first_byte(seen: Exchange) -> bool:
    if seen.headers_s is None or seen.first_byte_s is None:
        return False
    return seen.first_byte_s - seen.headers_s < 0.1 * seen.headers_s


@cause(
    layer="stream",
    owner="server",
    scope="deployment configuration",
    impact="cosmetic",
    look_alike="healthy",
    fixes=(
        Fix(
            where="a TypeScript server without sessions",
            what="Answer GET with 405, as the SDK's stateless example does.",
            paste="app.get('/mcp', (req, res) => {\n"
            "  res.status(405).set('Allow', 'POST').end();\n});",
            verify="open",
        ),
        Fix(
            where="a Python server",
            what="Use FastMCP, whose stateless mode answers 405, or add the route.",
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
        return unknown("No session was asked for.")
    if handshake.session_issued:
        return absent("The server issues sessions.", "handshake")
    streams = [seen for seen in case.live_gets if seen.is_event_stream]
    if not streams:
        return absent("No event stream is offered.", "open")
    if any(seen.events for seen in streams):
        return absent("The stream carried events.", "hold")
    held = [s for s in streams if (s.lived_s or 0) >= FLAP_S]
    if not held:
        return absent("Streams end at once, which is another matter.", "open")
    longest = max(seen.lived_s or 0.0 for seen in held)
    return present(
        "initialize issued no session id, yet GET opens an event stream; "
        f"{len(streams)} of them were open for up to {seconds(longest)} and carried no "
        "event. Without a session the server cannot know whom a message is for.",
        "handshake",
        "open",
        "hold",
    )
