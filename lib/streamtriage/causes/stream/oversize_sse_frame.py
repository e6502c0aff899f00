"""The cause `oversize-sse-frame`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import EVERY_ANSWER, malformed
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.observations.malformed import FRAME_BYTES

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["oversize_sse_frame"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("lb-idle-60s"),
    explains=(malformed("oversize", at=EVERY_ANSWER),),
    fixes=(
        Fix(
            where="the server",
            what="Send less at a time: page lists, and hand large content over as a "
            "resource link.",
            paste='{"type": "resource_link", "uri": "https://HOST/big.bin"}',
            verify="open",
        ),
    ),
    citations=(Citation(source="claude-code CHANGELOG 2.1.139"),),
)
def oversize_sse_frame(case: Case) -> Judgement:
    """One message is larger than the client takes, so it always drops the stream."""
    streams = [seen for seen in case.exchanges if seen.is_event_stream]
    if not streams:
        return unknown(say("oversize-sse-frame.unknown"))
    largest = max(streams, key=lambda seen: seen.largest_event_bytes)
    size_mb = largest.largest_event_bytes / 1e6
    if largest.largest_event_bytes <= FRAME_BYTES:
        return absent(
            say("oversize-sse-frame.absent", size_mb=size_mb),
            *case.probes_of(streams, "open"),
        )
    text = say("oversize-sse-frame.text", label=largest.label, size_mb=size_mb)
    client = f"{case.intake.client} {case.signature.runtime}".lower()
    if "claude" in client:
        return present(say("oversize-sse-frame.present", text=text), "open", "hold")
    return suspected(
        say("oversize-sse-frame.suspected", text=text),
        say("oversize-sse-frame.suspected.settle"),
        "open",
    )
