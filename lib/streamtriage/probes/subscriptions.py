"""The long stream of revision 2026-07-28: opened, held, and opened again."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from streamtriage.model import End, EraEvidence, ListenEvidence
from streamtriage.probes.context import Probe
from streamtriage.protocol.messages import listen, modern_headers

if TYPE_CHECKING:
    from streamtriage.model import Event, Exchange
    from streamtriage.probes.context import Visit
    from streamtriage.transport.requester import LiveResponse

__all__ = ["PROBE", "needed", "run"]

_ACKNOWLEDGED = "notifications/subscriptions/acknowledged"
_UNKNOWN_METHOD = -32601
LEAST_S = 2.75
# The Inspector's first delay before it listens again (inspector 2.3.0).
AGAIN_S = 0.5
# A stream that ends sooner is asked for once more than the others.
BRIEF_S = 1.0
MOST_STREAMS = 3
# By how much a second age may be above the first one.
MARGIN_S = 0.5
# A run as a whole ends a minute after its watch.
MOST_LATER_S = 45.0


def needed(visit: Visit) -> bool:
    """Run where the server promises something to listen for, as a client does.

    No client listens for what is not offered, so what it would be told is no matter.
    Who does not know `server/discover` and opens a session has offered nothing: some
    servers of the older revisions say so with 404, as the new one has it.
    """
    era = visit.of(EraEvidence)
    if not visit.speaks_modern or era is None:
        return False
    if era.promised is None and visit.session.opened:
        seen = era.discover
        return seen is None or seen.jsonrpc_code != _UNKNOWN_METHOD
    return era.promised != ()


async def run(visit: Visit) -> ListenEvidence:
    """POST `subscriptions/listen` for what is promised, and hold its response.

    A stream that ends by itself is opened again, at most three times in all, and a
    second one is held for as long as the first one lived: one age is no limit yet. A
    server that offers none says so with an error and is asked once.
    """
    streams: list[Exchange] = []
    log: list[Event] = []
    acknowledged: bool | None = None
    watch_s = max(visit.intake.hold_s, LEAST_S)
    until_s = visit.wire.now() + watch_s
    while len(streams) < MOST_STREAMS and not _stopped(visit):
        left_s = until_s - visit.wire.now()
        # The first that ended is compared with a second, also after the watch.
        again_s = _again_s(streams[0]) if len(streams) == 1 else 0.0
        left_s = max(left_s, BRIEF_S, min(again_s, left_s + MOST_LATER_S))
        live = await _one(visit, len(streams) + 1, left_s)
        seen = live.exchange()
        streams.append(seen)
        log.extend(live.events)
        if acknowledged is None and seen.is_event_stream:
            acknowledged = _first_is_acknowledgement(live)
        ended_itself = seen.end is not None and seen.end.natural
        if not seen.is_event_stream or not ended_itself:
            break
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(visit.cancel.wait(), AGAIN_S)
    return ListenEvidence(
        streams=tuple(streams), acknowledged=acknowledged, timeline=tuple(log)
    )


def _again_s(ended: Exchange) -> float:
    """Return how long the next one is held, to see whether it ends at the same age."""
    return 1.1 * (ended.age_s or 0.0) + MARGIN_S


async def _one(visit: Visit, number: int, watch_s: float) -> LiveResponse:
    live = await visit.wire.open(
        f"subscriptions/listen {number}",
        method="POST",
        body=listen(number, _kinds(visit)),
        extra=modern_headers("subscriptions/listen"),
    )
    await live.head(visit.wire.head_patience_s, visit.cancel)
    if live.recorder.media_type == "text/event-stream":
        await live.watch(watch_s, visit.cancel)
    elif live.recorder.status is not None:
        await live.read_answer(2.0)
    await live.close(End.CANCELLED if visit.cancel.is_set() else End.WATCHED)
    return live


def _kinds(visit: Visit) -> tuple[str, ...]:
    era = visit.of(EraEvidence)
    return (era.promised if era is not None else None) or ("toolsListChanged",)


def _first_is_acknowledgement(live: LiveResponse) -> bool:
    said = live.recorder.arrivals.requests
    return bool(said) and said[0].method == _ACKNOWLEDGED


def _stopped(visit: Visit) -> bool:
    return visit.cancel.is_set() or visit.wire.braked


PROBE = Probe(
    "listen",
    "watch",
    "Listening as revision 2026-07-28 does",
    needed,
    run,
    lasts_s=lambda intake: intake.hold_s,
)
