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
        return unknown("No stream was asked for in compressed form.")
    coding = found.content_encoding
    if coding in ("", "identity"):
        return absent(
            "The stream comes uncompressed to a client that allows coding.", "delay"
        )
    lived_s = seen.lived_s or 0.0
    text = f"The stream comes in content coding {coding}"
    if seen.body_bytes > CODER_HEADER_BYTES:
        return absent(
            f"{text}, and in {counted(seen.pieces, 'piece')} while it was open for "
            f"{seconds(lived_s)}: it is flushed.",
            "delay",
        )
    plain = plain_streams(case, lived_s)
    if not plain:
        return _as_late_as_plain(case, seen, text)
    one = plain[0]
    return present(
        f"Asked for with `Accept-Encoding: gzip, br`, the stream comes in {coding} and "
        f"brought {seen.body_bytes} bytes in {seconds(lived_s)}; asked for without, it "
        f"brought its first after {seconds(after_head_s(one))}, and {one.body_bytes} "
        f"bytes in {one.pieces} pieces in {seconds(one.lived_s)}.",
        "delay",
        "hold",
    )


def _near(came_s: float, firsts: Sequence[float]) -> bool:
    return any(abs(came_s - first_s) < LATE_S / 2 for first_s in firsts)


def _as_late_as_plain(case: Case, coded: Exchange, text: str) -> Judgement:
    """Judge a coded stream that brought little where a plain one brings no more."""
    lived_s = coded.lived_s or 0.0
    came_s = after_head_s(coded)
    seen = watched(case)
    if not seen:
        return unknown(f"{text}, and no uncompressed one was watched to compare.")
    firsts = [first for each in seen if (first := after_head_s(each)) is not None]
    if came_s is not None and firsts and came_s >= LATE_S and _near(came_s, firsts):
        return absent(
            f"{text}, and its first bytes came after {seconds(came_s)}, when those of "
            f"an uncompressed one come ({seconds(min(firsts))}): it is flushed.",
            "delay",
            "hold",
        )
    if firsts and min(firsts) < lived_s:
        return suspected(
            f"{text} and brought {coded.body_bytes} bytes in {seconds(lived_s)}; an "
            f"uncompressed one brought its first after {seconds(min(firsts))}: that is "
            "too near the end to compare.",
            "Run it again with a longer hold: --hold 60.",
            "delay",
            "hold",
        )
    return absent(
        f"{text} and brought {coded.body_bytes} bytes in {seconds(lived_s)}; an "
        "uncompressed one brought no more in that time, so nothing is held back.",
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
        return unknown("No stream was watched.")
    spread = max(streams, key=lambda seen: seen.burst_spread_s or 0.0)
    if (spread.burst_spread_s or 0.0) >= LATE_S:
        return present(
            f"Comments that the server had dated {seconds(spread.burst_spread_s)} "
            f"apart arrived at once, in a burst of {spread.burst_bytes} bytes: a hop "
            "keeps them until it has enough.",
            "hold",
        )
    late_s = [s for seen in streams if (s := stamped_late_s(case, seen)) is not None]
    if late_s:
        return present(
            f"A comment arrived {seconds(max(late_s))} after the time that the server "
            "had written into it, by clocks compared through `Date`.",
            "hold",
            "delay",
        )
    bursts = max(streams, key=lambda seen: seen.bursts)
    if bursts.bursts >= 2:
        return present(
            f"Comments came in {bursts.bursts} bursts, of up to {bursts.burst_bytes} "
            f"bytes, with silences of up to {seconds(bursts.longest_silence_s)} "
            "between them: nobody writes keep-alive comments that way.",
            "hold",
        )
    if bursts.bursts:
        return suspected(
            f"Three or more comments came at once after {seconds(LATE_S / 4)} or more "
            "of silence, but only once.",
            "Hold for longer: --hold 120.",
            "hold",
        )
    if not any(seen.comments or seen.events for seen in streams):
        return unknown(
            "Nothing came on the streams, so nothing is known of how it comes."
        )
    return absent("What came on the streams came one by one.", "hold")


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
        return unknown("No event stream was opened.")
    signs = [sign for seen in streams if (sign := cache_sign(case, seen))]
    if signs:
        return present(
            f"{len(signs)} of {len(streams)} event streams came from a cache: "
            f"`{signs[0]}`. Whoever asks gets the recording of another client's "
            "stream, then its end.",
            "open",
            "hold",
        )
    kept = _kept_refusal(case)
    if kept is None:
        return absent(
            "No header says that a stream came from a cache.",
            *case.probes_of(streams, "open"),
        )
    return present(
        f"`{kept.label}` was answered {answer(kept)} by a cache, not by the server: "
        f"`{cache_sign(case, kept)}`. A refusal that was meant for one session is "
        "given to every GET until the cache forgets it.",
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
