"""Causes in how long a GET stream lives, and what ends it."""

from __future__ import annotations

from typing import Literal

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
from streamtriage.causes.stream import FLAP_S
from streamtriage.causes.words import ended, seconds
from streamtriage.knowledge import limits_near
from streamtriage.model import Citation, Exchange, Fix

__all__ = ["at_one_age", "lb_idle_60s", "suspects"]

# Two ages are one limit if they differ by less than a third of the distance between
# the two starts: a single event would make them differ by all of it.
SAME_AGE = 1 / 3
# A timer that fires after minutes is off by a part of its length.
TIMER_DRIFT = 0.02
# A last silence is the longest one if it exceeds every other by more than jitter.
LONGER = 1.1
# A stream was silent from its start if its last silence is nearly its whole life.
WHOLE_LIFE = 0.9


@cause(
    layer="proxy",
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    look_alike="platform-max-request-300s",
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
    ),
)
def lb_idle_60s(case: Case) -> Judgement:
    """A hop cuts the stream when no byte has travelled for a while."""
    streams = [w.stream for w in case.watches if w.stream.is_event_stream]
    if not streams:
        return unknown("No stream was watched in silence.")
    over = [s for s in streams if _ended(s)]
    if not over:
        watched = max(s.lived_s or 0.0 for s in streams)
        return absent(
            f"No stream ended in {seconds(watched)}. Not measured beyond that.", "hold"
        )
    if any(s.event_ids or s.retry_ms is not None for s in over):
        return absent(
            "The server sends an event id or `retry` and then ends the stream, as "
            "revision 2025-11-25 allows.",
            "hold",
        )
    if len(over) < 2:
        return _one_ended(over[0], [s for s in streams if s is not over[0]])
    first, second = over[:2]
    text = f"{seconds(first.silent_s)} and {seconds(second.silent_s)} of silence"
    if not at_one_age(first, second, "silent_s"):
        return absent(
            f"The streams ended after {text}, so no common idle limit ended them.",
            "hold",
        )
    if not all(_idle(s) for s in over):
        return absent(
            "The silence before the end was no longer than silences that the stream "
            "had survived, so no idle limit ended it.",
            "hold",
        )
    return _limit(case, first, second)


def _limit(case: Case, first: Exchange, second: Exchange) -> Judgement:
    limit = ((first.silent_s or 0.0) + (second.silent_s or 0.0)) / 2
    apart = abs(second.started_s - first.started_s)
    silent = all(_always_silent(s) for s in (first, second))
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
        )
    return present(f"{text}{whole if silent else ''}", "hold")


def _one_ended(over: Exchange, others: list[Exchange]) -> Judgement:
    age = over.silent_s or 0.0
    outlived = max((s.lived_s or 0.0 for s in others), default=0.0)
    if not _idle(over):
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
    )


def at_one_age(
    first: Exchange, second: Exchange, age: Literal["lived_s", "silent_s"]
) -> bool:
    """Tell whether two streams that started apart ended at the same age."""
    silent = age == "silent_s"
    one = (first.silent_s if silent else first.lived_s) or 0.0
    two = (second.silent_s if silent else second.lived_s) or 0.0
    apart = abs(second.started_s - first.started_s)
    return abs(one - two) <= max(apart * SAME_AGE, TIMER_DRIFT * max(one, two))


def suspects(case: Case, limit_s: float) -> str:
    """Name who is known for this limit, and whom the headers show on the way."""
    known = limits_near(limit_s)
    seen = ", ".join(hops(case.exchanges))
    by_time = f" Known for this limit: {known}." if known else ""
    by_header = f" The headers show {seen} on the way." if seen else ""
    return by_time + by_header


def _ended(seen: Exchange) -> bool:
    return seen.end is not None and seen.end.natural


def _idle(seen: Exchange) -> bool:
    """True when the last silence was the longest one, by more than jitter."""
    last = seen.silent_s or 0.0
    return last >= FLAP_S and last > LONGER * seen.longest_silence_s


def _always_silent(seen: Exchange) -> bool:
    return (seen.silent_s or 0.0) >= WHOLE_LIFE * (seen.lived_s or 0.0)
