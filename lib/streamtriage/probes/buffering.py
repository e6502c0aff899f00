"""How late things come: the server's clock, and a stream asked for compressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import DelayEvidence, End, HandshakeEvidence
from streamtriage.probes.context import LEAST_S, Probe, in_stream
from streamtriage.transport.mcp_session import Session

if TYPE_CHECKING:
    from streamtriage.probes.context import Visit

__all__ = ["PROBE", "run"]

# What Node's fetch asks for by default; the other probes ask for `identity`.
CODINGS = "gzip, deflate, br"
# Not ended before the other probes have asked: some servers end a session with its
# stream, and a few all of them.
PLAIN_S = 2.0
# Longer than twice the 15 s of the SDKs' keep-alive comments: where the person gives
# the time, two must fall into the watch.
MOST_S = 35.0


async def run(visit: Visit) -> DelayEvidence:
    """Ask for one stream as Node would, with codings, and watch what arrives of it.

    A stream that comes back without a coding is not watched for long. Nothing is ever
    unpacked: a few compressed bytes can stand for gigabytes, and the arrivals alone
    tell whether the hop that compresses lets each comment through.
    """
    session = Session(visit.wire, "codings")
    found = DelayEvidence(clock_s=_clock(visit))
    try:
        if not visit.cancel.is_set() and await session.open():
            found = await _compressed(visit, session, found)
    finally:
        await session.end()
    log = [event for each in session.responses for event in each.events]
    return found.model_copy(update={"timeline": tuple(log)})


async def _compressed(
    visit: Visit, session: Session, found: DelayEvidence
) -> DelayEvidence:
    live = await session.get(
        "GET, codings accepted", extra={"accept-encoding": CODINGS}
    )
    await live.head(visit.wire.head_patience_s, visit.cancel)
    coding = live.recorder.header("content-encoding").strip().lower()[:40]
    is_stream = live.recorder.media_type == "text/event-stream"
    coded = coding not in ("", "identity")
    if is_stream:
        watch_s = min(max(visit.intake.hold_s, LEAST_S), MOST_S) if coded else PLAIN_S
        await live.watch(watch_s, visit.cancel)
    await live.close(End.CANCELLED if visit.cancel.is_set() else End.WATCHED)
    return found.model_copy(
        update={"compressed": live.exchange(), "content_encoding": coding}
    )


def _clock(visit: Visit) -> float | None:
    """Return how far the server's clock is behind ours, from the promptest answer."""
    greeted = visit.of(HandshakeEvidence)
    if greeted is None:
        return None
    dated = [
        (seen.headers_s, seen.date_lag_s)
        for seen in (greeted.initialize, greeted.initialized, greeted.post)
        if seen is not None and seen.headers_s is not None
        if seen.date_lag_s is not None
    ]
    return min(dated)[1] if dated else None


PROBE = Probe(
    "delay",
    "watch",
    "Asking for a compressed stream",
    in_stream,
    run,
    in_turn=True,
)
