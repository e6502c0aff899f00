"""The cause `nginx-buffering`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import Taken, cause
from streamtriage.causes.explains import (
    late_body,
    late_head,
)
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.observations.late_body import (
    LATE_S,
    stamped_late_s,
)
from streamtriage.wording import seconds

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["nginx_buffering"]


@cause(
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("headers-never-flushed"),
    remedies=("buffer",),
    reported_as=(
        "buffering",
        "buffering-tunnel",
    ),
    issues=("anthropics/claude-code#5826",),
    taken_for_it=(
        Taken(
            cause="cloudflare-quick-tunnel-buffers-get",
            title="A quick tunnel of Cloudflare holds a GET stream back until it ends",
            why="It looks like any other hop that buffers, and is judged as "
            "`nginx-buffering` or `headers-never-flushed`; only the host name "
            "trycloudflare.com tells it, and the evidence names it with that limit.",
            source="https://github.com/cloudflare/cloudflared/issues/1449",
            grade="I",
            date="2026-11-23",
        ),
    ),
    explains=(
        late_body("buffered"),
        late_head(),
    ),
    fixes=(
        Fix(
            where="the server",
            what="Ask nginx and its kin not to buffer this response.",
            paste="X-Accel-Buffering: no",
            verify="hold",
        ),
        Fix(
            where="nginx",
            what="Do not buffer the stream; over HTTP/1.1 nginx passes it on anyway.",
            paste="proxy_buffering off;\nproxy_http_version 1.1;",
            verify="hold",
        ),
    ),
    citations=(
        Citation(
            source="https://nginx.org/en/docs/http/ngx_http_proxy_module.html"
            "#proxy_buffering"
        ),
        Citation(
            source="nginx 1.22.1, HTTP/1.0 to the server and postpone_output 0, or a "
            "first event of 4 KB: the head at once, then bursts of 4 KB; HTTP/1.1: "
            "chunk by chunk",
            grade="L",
        ),
        Citation(source="sse-starlette 3.7.0, sse.py: `: ping - <UTC>` each 15 s"),
    ),
)
def nginx_buffering(case: Case) -> Judgement:
    """A hop passes the head on and holds events back until its buffer is full."""
    streams = [watch.stream for watch in case.watches if watch.stream.is_event_stream]
    if not streams:
        return unknown(say("nginx-buffering.unknown"))
    spread = max(streams, key=lambda seen: seen.burst_spread_s or 0.0)
    if (spread.burst_spread_s or 0.0) >= LATE_S:
        return present(
            say(
                "nginx-buffering.present",
                burst_spread_s=seconds(spread.burst_spread_s),
                burst_bytes=spread.burst_bytes,
            ),
            "hold",
        )
    late_s = [s for seen in streams if (s := stamped_late_s(case, seen)) is not None]
    if late_s:
        return present(
            say(
                "nginx-buffering.present.a-comment-arrived-after",
                late_s=seconds(max(late_s)),
            ),
            "hold",
            "delay",
        )
    bursts = max(streams, key=lambda seen: seen.bursts)
    if bursts.bursts >= 2:
        return present(
            say(
                "nginx-buffering.present.comments-came-in-bursts",
                bursts=bursts.bursts,
                burst_bytes=bursts.burst_bytes,
                longest_silence_s=seconds(bursts.longest_silence_s),
            ),
            "hold",
        )
    if bursts.bursts:
        return suspected(
            say("nginx-buffering.suspected", late_s=seconds(LATE_S / 4)),
            say("nginx-buffering.suspected.settle"),
            "hold",
        )
    if not any(seen.comments or seen.events for seen in streams):
        return unknown(say("nginx-buffering.unknown.nothing-came-on-the"))
    return absent(say("nginx-buffering.absent"), "hold")
