"""The cause `compression-buffers-sse`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import (
    late_body,
)
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.stream_ages import watched
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.observations.late_body import (
    CODER_HEADER_BYTES,
    LATE_S,
    after_head_s,
    plain_streams,
)
from streamtriage.wording import counted, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.model import Exchange
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["compression_buffers_sse"]


@cause(
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("nginx-buffering"),
    remedies=("buffer",),
    reported_as=(
        "buffering",
        "buffering-tunnel",
        "compression",
    ),
    issues=("anthropics/claude-code#5826",),
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
