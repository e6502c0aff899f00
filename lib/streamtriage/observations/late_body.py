"""Bytes that came later than their sender wrote them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model.observation import Kind, Phase
from streamtriage.model.roles import Role
from streamtriage.observations.finder import finds, observe_exchange
from streamtriage.observations.sequence import STREAM_GETS, own

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model import Exchange
    from streamtriage.model.observation import Observation
    from streamtriage.observations.case import Case

__all__ = [
    "CODER_HEADER_BYTES",
    "LATE_S",
    "after_head_s",
    "plain_streams",
    "stamped_late_s",
]

# A coder that was fed but not flushed has written at most its own header: 10 bytes of
# gzip (RFC 1952, 2.3), 18 of Zstandard (RFC 8878, 3.1.1), a few of Brotli. The shortest
# comment, flushed, has more.
CODER_HEADER_BYTES = 18
# A comment may wait this long for reasons of its own: a busy process, a lost packet.
LATE_S = 2.0
# `Date` counts whole seconds, so a clock calibrated by it is right to about one.
_CLOCK_SLACK_S = 1.5


@finds(Kind.LATE_BODY)
def find_late_bodies(case: Case) -> Iterator[Observation]:
    """Yield streams whose bytes were held back: by a buffer, or by a coder."""
    for each in own(case):
        seen = each.exchange
        if each.role not in STREAM_GETS or not seen.is_event_stream:
            continue
        if each.role is Role.CODED_GET:
            if _kept_by_coder(case, seen):
                yield observe_exchange(
                    Kind.LATE_BODY,
                    each,
                    Phase.HELD,
                    detail="coded",
                    after_s=seen.lived_s,
                )
        elif _kept_by_buffer(case, seen):
            yield observe_exchange(
                Kind.LATE_BODY,
                each,
                Phase.HELD,
                detail="buffered",
                after_s=seen.longest_silence_s,
            )


def _kept_by_buffer(case: Case, seen: Exchange) -> bool:
    spread = (seen.burst_spread_s or 0.0) >= LATE_S
    return spread or seen.bursts >= 1 or stamped_late_s(case, seen) is not None


def stamped_late_s(case: Case, seen: Exchange) -> float | None:
    """Return by how much a dated comment was late, where that is beyond doubt."""
    clock_s = case.delay.clock_s if case.delay is not None else None
    if clock_s is None or seen.stamp_lag_s is None:
        return None
    late_s = seen.stamp_lag_s - clock_s
    return late_s if late_s >= LATE_S + _CLOCK_SLACK_S else None


def _kept_by_coder(case: Case, seen: Exchange) -> bool:
    coding = case.delay.content_encoding if case.delay is not None else ""
    coded = coding not in ("", "identity")
    kept = coded and seen.body_bytes <= CODER_HEADER_BYTES
    return kept and bool(plain_streams(case, seen.lived_s or 0.0))


def plain_streams(case: Case, within_s: float) -> list[Exchange]:
    """Return the uncoded streams that had brought bytes at such an age, beyond doubt.

    Only against these can a coded one be late: nothing is late that was never written,
    and a timer of the server's may fire a little later on one stream than on another.
    """
    early_s = min(within_s / 2, within_s - LATE_S / 2)
    return [
        seen
        for seen in (watch.stream for watch in case.watches)
        if seen.is_event_stream and seen.pieces >= 2 and _spoke_by(seen, early_s)
    ]


def _spoke_by(seen: Exchange, age_s: float) -> bool:
    first_s = after_head_s(seen)
    return first_s is not None and first_s <= age_s


def after_head_s(seen: Exchange) -> float | None:
    """Return how long after its head a stream brought its first byte."""
    if seen.first_byte_s is None or seen.headers_s is None:
        return None
    return seen.first_byte_s - seen.headers_s
