"""Causes in bytes that come late: compressed, buffered, or from a cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.ages import watched
from streamtriage.causes.cause import cause
from streamtriage.causes.explains import (
    STREAM_GETS,
    altered,
    flap,
    late_body,
    late_head,
    refused,
)
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import answer, counted, seconds
from streamtriage.model import Citation, Fix
from streamtriage.model.message import say
from streamtriage.observations.altered import cache_sign
from streamtriage.observations.late_body import (
    CODER_HEADER_BYTES,
    LATE_S,
    after_head_s,
    plain_streams,
    stamped_late_s,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.model import Exchange
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = [
    "cdn_caches_stream",
    "compression_buffers_sse",
    "nginx_buffering",
]


@cause(
    layer="proxy",
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    look_alike="nginx-buffering",
    explains=(late_body("coded"),),
    fixes=(
        Fix(
            where="the server",
            what="Tell every hop to leave the stream as it is.",
            paste="Cache-Control: no-cache, no-transform",
            verify="delay",
        ),
        Fix(
            where="Express with `compression`",
            what="Do not compress event streams.",
            paste="app.use(compression({ filter: (req, res) =>\n"
            "  !String(res.getHeader('Content-Type')).includes('event-stream') }));",
            verify="delay",
        ),
    ),
    citations=(
        Citation(source="https://github.com/n8n-io/n8n/issues/14546"),
        Citation(source="https://github.com/coollabsio/coolify/issues/5586"),
        Citation(source="https://github.com/expressjs/compression/issues/17"),
    ),
)
def compression_buffers_sse(case: Case) -> Judgement:
    """A hop compresses the stream and keeps what it has not yet filled a block with."""
    found = case.delay
    seen = found.compressed if found is not None else None
    if found is None or seen is None or not seen.is_event_stream:
        return unknown(say("compression-buffers-sse.unknown"))
    coding = found.content_encoding
    if coding in ("", "identity"):
        return absent(say("compression-buffers-sse.absent"), "delay")
    lived_s = seen.lived_s or 0.0
    text = say("compression-buffers-sse.text", coding=coding)
    if seen.body_bytes > CODER_HEADER_BYTES:
        return absent(
            say(
                "compression-buffers-sse.absent.and-in-while-it",
                text=text,
                pieces=counted(seen.pieces, "piece"),
                lived_s=seconds(lived_s),
            ),
            "delay",
        )
    plain = plain_streams(case, lived_s)
    if not plain:
        return _as_late_as_plain(case, seen, text)
    one = plain[0]
    return present(
        say(
            "compression-buffers-sse.present",
            coding=coding,
            body_bytes=seen.body_bytes,
            lived_s=seconds(lived_s),
            after_head_s=seconds(after_head_s(one)),
            body_bytes_2=one.body_bytes,
            pieces=one.pieces,
            lived_s_2=seconds(one.lived_s),
        ),
        "delay",
        "hold",
    )


def _near(came_s: float, firsts: Sequence[float]) -> bool:
    return any(abs(came_s - first_s) < LATE_S / 2 for first_s in firsts)


def _as_late_as_plain(case: Case, coded: Exchange, text: Text) -> Judgement:
    """Judge a coded stream that brought little where a plain one brings no more."""
    lived_s = coded.lived_s or 0.0
    came_s = after_head_s(coded)
    seen = watched(case)
    if not seen:
        return unknown(say("delay.as-late-as-plain.unknown", text=text))
    firsts = [first for each in seen if (first := after_head_s(each)) is not None]
    if came_s is not None and firsts and came_s >= LATE_S and _near(came_s, firsts):
        return absent(
            say(
                "delay.as-late-as-plain.absent",
                text=text,
                came_s=seconds(came_s),
                firsts=seconds(min(firsts)),
            ),
            "delay",
            "hold",
        )
    if firsts and min(firsts) < lived_s:
        return suspected(
            say(
                "delay.as-late-as-plain.suspected",
                text=text,
                body_bytes=coded.body_bytes,
                lived_s=seconds(lived_s),
                firsts=seconds(min(firsts)),
            ),
            say("delay.as-late-as-plain.suspected.settle"),
            "delay",
            "hold",
        )
    return absent(
        say(
            "delay.as-late-as-plain.absent.and-brought-bytes-in",
            text=text,
            body_bytes=coded.body_bytes,
            lived_s=seconds(lived_s),
        ),
        "delay",
        "hold",
    )


@cause(
    layer="proxy",
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    look_alike="headers-never-flushed",
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


@cause(
    layer="proxy",
    owner="proxy",
    scope="deployment configuration",
    impact="fatal",
    look_alike="instant-close-flap",
    explains=(
        altered("cached"),
        flap(STREAM_GETS),
        refused(range(200, 600), at=STREAM_GETS),
    ),
    fixes=(
        Fix(
            where="the server",
            what="Forbid caching, in the response to GET.",
            paste="Cache-Control: no-store",
            verify="open",
        ),
        Fix(
            where="the CDN",
            what="Leave the MCP path out of the cache, and purge it once.",
            paste="Cache rule: URI path starts with /mcp -> Bypass cache",
            verify="open",
        ),
        Fix(
            where="Varnish",
            what="Pass the MCP path by: the built-in rules keep even a 404 for 2 min.",
            paste='sub vcl_recv { if (req.url ~ "^/mcp") { return (pass); } }',
            verify="open",
        ),
    ),
    citations=(
        Citation(source="RFC 9111, 5.1: Age"),
        Citation(source="RFC 9110, 15.1: 404 may be cached without being told to"),
        Citation(source="https://bunny.net/docs/cdn/server-sent-events"),
    ),
)
def cdn_caches_stream(case: Case) -> Judgement:
    """A cache answers the GET with what it once answered somebody else."""
    streams = [seen for seen in case.live_gets if seen.is_event_stream]
    if not streams:
        return unknown(say("cdn-caches-stream.unknown"))
    signs = [sign for seen in streams if (sign := cache_sign(case, seen))]
    if signs:
        return present(
            say(
                "cdn-caches-stream.present",
                n_signs=len(signs),
                n_streams=len(streams),
                signs=signs[0],
            ),
            "open",
            "hold",
        )
    kept = _kept_refusal(case)
    if kept is None:
        return absent(
            say("cdn-caches-stream.absent"),
            *case.probes_of(streams, "open"),
        )
    return present(
        say(
            "cdn-caches-stream.present.was-answered-by-a",
            label=kept.label,
            answer=answer(kept),
            cache_sign=cache_sign(case, kept),
        ),
        "open",
        "reopen",
        impact="degraded",
    )


def _kept_refusal(case: Case) -> Exchange | None:
    """Return a GET that a cache refused; a 405 is the same for all and does no harm."""
    opened = case.opened
    asked = (*case.gets, *((opened.made_up, opened.ended_get) if opened else ()))
    refused = (s for s in asked if s is not None and s.answered and not s.accepted)
    return next((s for s in refused if s.status != 405 and cache_sign(case, s)), None)
