"""Causes in how long a GET stream lives, and what ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.ages import (
    OURS,
    at_one_age,
    lives,
    may_be_ours,
    noisy_against,
    silent_to_death,
)
from streamtriage.causes.cause import cause
from streamtriage.causes.explains import cut, local
from streamtriage.causes.hops import hops, unseen, whose
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import ended, seconds
from streamtriage.knowledge import limits_near
from streamtriage.model import Citation, Exchange, Fix

if TYPE_CHECKING:
    from streamtriage.causes.case import Case

__all__ = ["at_one_age", "lb_idle_60s", "suspects"]

# A stream was silent from its start if its last silence is nearly its whole life.
WHOLE_LIFE = 0.9


@cause(
    layer="proxy",
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    look_alike="platform-max-request-300s",
    explains=(
        cut(),
        local("log-limit"),
    ),
    fixes=(
        Fix(
            where="the server (TypeScript SDK, mcp-go)",
            what="Write a comment on the stream every 15 s: that keeps every idle "
            "timer on the way from firing. The Python SDK does so by itself.",
            paste="npm install @modelcontextprotocol/sdk@^1.30  # comments every 15 s\n"
            "server.WithHeartbeatInterval(15*time.Second)  // mcp-go",
            verify="hold",
        ),
        Fix(
            where="the server itself (Node shown)",
            what="Let no timer of its own end a silent stream: before Node 13 it was "
            "120 s.",
            paste="server.timeout = 0;  // what http.createServer returned",
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
            what="Wait longer for both sides.",
            paste="timeout server 1h\ntimeout client 1h",
            verify="hold",
        ),
    ),
    citations=(
        Citation(
            source="https://nginx.org/en/docs/http/ngx_http_proxy_module.html"
            "#proxy_read_timeout"
        ),
        Citation(source="https://github.com/anthropics/claude-code/issues/38631"),
        Citation(source="https://nodejs.org/api/http.html#servertimeout"),
    ),
)
def lb_idle_60s(case: Case) -> Judgement:
    """The stream is cut when no byte has travelled for a while."""
    streams = [w.stream for w in case.watches if w.stream.is_event_stream]
    if not streams:
        return unknown("No stream was watched in silence.")
    over = [s for s in streams if _ended(s)]
    if not over:
        watched = max(s.lived_s or 0.0 for s in streams)
        return absent(
            f"No stream ended in {seconds(watched)}. Not measured beyond that.", "hold"
        )
    if any(s.polls for s in over):
        return absent(
            "The server sends an event id or `retry` and then ends the stream, as "
            "revision 2025-11-25 allows.",
            "hold",
        )
    if len(over) < 2:
        return _one_ended(case, over[0], [s for s in streams if s is not over[0]])
    first, second = over[:2]
    text = f"{seconds(first.silent_s)} and {seconds(second.silent_s)} of silence"
    if not at_one_age(first, second, "silent_s"):
        if may_be_ours(first, second, "silent_s"):
            return unknown(f"The streams ended after {text}{OURS}")
        return absent(
            f"The streams ended after {text}, so no common idle limit ended them.",
            "hold",
        )
    if not all(silent_to_death(s) for s in over):
        return absent(
            "The silence before the end was no longer than silences that the stream "
            "had survived, so no idle limit ended it.",
            "hold",
        )
    return _limit(case, first, second)


def _limit(case: Case, first: Exchange, second: Exchange) -> Judgement:
    both = lives(case)
    noisy = noisy_against(case, both) if both is not None else ""
    if noisy == "same-age":
        return absent(
            "A stream on which the server was made to write ended at the same age, so "
            "it is age that ends them.",
            "hold",
            "lifetime",
        )
    limit = ((first.silent_s or 0.0) + (second.silent_s or 0.0)) / 2
    apart = abs(second.started_s - first.started_s)
    silent = not noisy and all(_always_silent(s) for s in (first, second))
    text = (
        f"Each of two streams, started {seconds(apart)} apart, {ended(first)} after "
        f"{seconds(limit)} without a byte.{suspects(case, limit)}"
    )
    whole = (
        " Nothing was sent before, so a limit on the whole life of a stream would look "
        "the same."
    )
    polite = all(s.end is not None and s.end.clean for s in (first, second))
    if polite and silent:
        return suspected(
            f"{text} A polite end is the server's own or a platform's.{whole}",
            "Have the server write a comment every few seconds and hold again: if the "
            "stream then lives on, it was an idle limit.",
            "hold",
            owner=whose(case),
        )
    busy = " A third one, on which the server was made to write, lived longer."
    more = whole if silent else busy if noisy else ""
    either = unseen(case, "`server.timeout` of Node, say")
    return present(
        f"{text}{more}{either}",
        "hold",
        *(("lifetime",) if noisy else ()),
        owner=whose(case),
    )


def _one_ended(case: Case, over: Exchange, others: list[Exchange]) -> Judgement:
    age = over.silent_s or 0.0
    outlived = max((s.lived_s or 0.0 for s in others), default=0.0)
    if not silent_to_death(over):
        return absent(
            "The one stream that ended had been silent for longer before.", "hold"
        )
    if outlived > age:
        return absent(
            f"One stream {ended(over)} after {seconds(age)} of silence, the other "
            f"lived for {seconds(outlived)}: an event, not a limit.",
            "hold",
        )
    longer = age * 1.2 + 5
    return suspected(
        f"One stream {ended(over)} after {seconds(age)} of silence; the other was not "
        "watched for that long.",
        f"Hold for at least {longer:.0f} s: --hold {longer:.0f}.",
        "hold",
        owner=whose(case),
    )


def suspects(case: Case, limit_s: float) -> str:
    """Name who is known for this limit, and whom the headers show on the way."""
    known = limits_near(limit_s)
    seen = ", ".join(hops(case.exchanges))
    by_time = f" Known for this limit: {known}." if known else ""
    by_header = f" The headers show {seen} on the way." if seen else ""
    return by_time + by_header


def _ended(seen: Exchange) -> bool:
    return seen.end is not None and seen.end.natural


def _always_silent(seen: Exchange) -> bool:
    return (seen.silent_s or 0.0) >= WHOLE_LIFE * (seen.lived_s or 0.0)
