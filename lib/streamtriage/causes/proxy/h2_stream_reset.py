"""The cause `h2-stream-reset`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ComesAndGoes, cause
from streamtriage.causes.explains import (
    cut,
)
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.stream_ages import (
    by_http2,
    flowed,
    lives,
)
from streamtriage.model import CauseId, Citation, End, Fix
from streamtriage.model.message import say
from streamtriage.wording import listed, seconds

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["h2_stream_reset"]


@cause(
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("platform-max-request-300s"),
    remedies=("total",),
    comes_and_goes=ComesAndGoes(
        "by lot", "the age of a shared connection is not ours alone"
    ),
    reported_as=(
        "h2-goaway",
        "h2-reset",
        "planned-lifetime",
        "platform-limit",
        "platform-total-timeout",
        "proxy-total",
        "server-total-timeout",
    ),
    explains=(cut(End.STREAM_RESET, End.GOAWAY),),
    fixes=(
        Fix(
            where="the hop that speaks HTTP/2 to the client",
            what="Let a stream outlive the connection's age limit.",
            paste="keepalive_time 24h;          # nginx\n"
            "max_stream_duration: 0s     # Envoy, in the route",
            verify="hold",
        ),
    ),
    citations=(
        Citation(source="RFC 9113, 6.4 (RST_STREAM), 6.8 (GOAWAY) and 7"),
        Citation(
            source="https://www.envoyproxy.io/docs/envoy/latest/faq/configuration/"
            "timeouts"
        ),
    ),
)
def h2_stream_reset(case: Case) -> Judgement:
    """A hop ends streams at a certain age by RST_STREAM or GOAWAY."""
    streams = [watch.stream for watch in case.watches if watch.stream.is_event_stream]
    if not streams:
        return unknown(say("h2-stream-reset.unknown"))
    if not any(seen.http_version == "HTTP/2" for seen in streams):
        return absent(say("h2-stream-reset.absent"), "hold")
    reset = [seen for seen in streams if by_http2(seen)]
    if not reset:
        return absent(say("h2-stream-reset.absent.no-stream-was-ended"), "hold")
    kind = "GOAWAY" if reset[0].end is End.GOAWAY else "RST_STREAM"
    code = (
        say("h2-stream-reset.code", h2_error=reset[0].h2_error)
        if reset[0].h2_error
        else ""
    )
    ages = listed([seconds(seen.lived_s) for seen in reset])
    text = say("h2-stream-reset.text", kind=kind, code=code, ages=ages)
    both = lives(case)
    if isinstance(both, Judgement) or not both.one_age or len(reset) < 2:
        return suspected(
            say("h2-stream-reset.suspected", text=text),
            say("h2-stream-reset.suspected.settle"),
            "hold",
        )
    if all(flowed(each) for each in both.streams):
        return present(say("h2-stream-reset.present", text=text), "hold")
    if all(each.body_bytes for each in both.streams):
        return absent(
            say("h2-stream-reset.absent.after-a-silence-longer", text=text), "hold"
        )
    return suspected(
        say("h2-stream-reset.suspected.and-no-byte-was", text=text),
        say("h2-stream-reset.suspected.settle.have-the-server-write"),
        "hold",
    )
