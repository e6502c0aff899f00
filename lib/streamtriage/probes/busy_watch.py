"""A noisy stream beside the silent ones: tells silence from age as what ends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import End, LifetimeEvidence
from streamtriage.probes.context import Probe, in_stream
from streamtriage.protocol.messages import no_roots, roots_changed
from streamtriage.transport.mcp_session import Session

if TYPE_CHECKING:
    from streamtriage.probes.context import Visit
    from streamtriage.transport.requester import LiveResponse

__all__ = ["PROBE", "run"]

# As often as the SDKs' own keep-alive, which clears every idle limit but Bun's 10 s.
MOST_EVERY_S = 15.0
# A server that asks at all does so as soon as it was told.
ANSWERS_WITHIN_S = 1.5
_ROOTS = {"roots": {"listChanged": True}}


async def run(visit: Visit) -> LifetimeEvidence:
    """Hold one stream and have the server write on it, for as long as the silent ones.

    Only the server can write on its stream. What we can do is to offer the capability
    `roots` and say that our roots changed: a server that cares asks for them, on the
    GET stream, and is told that there are none. Where it does not ask, no noise can be
    provoked, and the stream is given back at once.
    """
    hold_s = visit.intake.hold_s
    if hold_s <= 0:
        return LifetimeEvidence(skipped="no time was given for a watch")
    session = Session(visit.wire, "noisy", capabilities=_ROOTS)
    every_s = min(MOST_EVERY_S, hold_s / 8)
    found = LifetimeEvidence(every_s=round(every_s, 3))
    try:
        if not visit.cancel.is_set() and await session.open():
            found = await _watched(visit, session, every_s)
    finally:
        await session.end()
    return found.model_copy(update={"timeline": session.timeline})


async def _watched(visit: Visit, session: Session, every_s: float) -> LifetimeEvidence:
    found = LifetimeEvidence(every_s=round(every_s, 3))
    live = await session.get("GET, made noisy")
    await live.head(visit.wire.head_patience_s, visit.cancel)
    if live.recorder.media_type == "text/event-stream" and not live.finished:
        noises = await _first_noise(visit, session, live)
        if noises:
            noises = await _noise(visit, session, live, every_s)
        found = found.model_copy(update={"provoked": noises > 0, "noises": noises})
    await live.close(End.CANCELLED if visit.cancel.is_set() else End.WATCHED)
    return found.model_copy(update={"noisy": live.exchange()})


async def _first_noise(visit: Visit, session: Session, live: LiveResponse) -> int:
    """Say once that our roots changed; return how many questions that provoked."""
    await session.post("roots/list_changed", roots_changed())
    until_s = visit.wire.now() + ANSWERS_WITHIN_S
    while not _asked(live) and not _over(visit, live):
        left_s = until_s - visit.wire.now()
        if left_s <= 0:
            break
        await live.watch(min(0.1, left_s), visit.cancel)
    return len(_asked(live))


async def _noise(
    visit: Visit, session: Session, live: LiveResponse, every_s: float
) -> int:
    """Answer what was asked and provoke the next question, until the watch is over."""
    until_s = visit.wire.now() + visit.intake.hold_s
    answered = 0
    while not _over(visit, live) and visit.wire.now() < until_s:
        asked = _asked(live)
        for number in asked[answered:]:
            await session.post("no roots", no_roots(number))
        answered = len(asked)
        await live.watch(min(every_s, until_s - visit.wire.now()), visit.cancel)
        if not _over(visit, live):
            await session.post("roots/list_changed", roots_changed())
    return len(_asked(live))


def _asked(live: LiveResponse) -> list[str | int]:
    return [
        each.id
        for each in live.recorder.arrivals.requests
        if each.method == "roots/list" and each.id is not None
    ]


def _over(visit: Visit, live: LiveResponse) -> bool:
    return live.finished or visit.cancel.is_set() or visit.wire.braked


PROBE = Probe(
    "lifetime",
    "watch",
    "Watching a stream that is not silent",
    in_stream,
    run,
)
