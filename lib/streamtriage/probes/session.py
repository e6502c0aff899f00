"""A session left alone: whether and when the server gives it up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from streamtriage.model import SessionEvidence
from streamtriage.probes.visit import in_session
from streamtriage.wire.session import Session

if TYPE_CHECKING:
    from streamtriage.model import Exchange
    from streamtriage.probes.visit import Visit

__all__ = ["needed", "run"]

_TOUCHES = 4


def needed(visit: Visit) -> bool:
    """Run only where the person asked for it: it takes as long as they said."""
    return visit.intake.idle_s > 0 and in_session(visit) and bool(visit.session.id)


async def run(visit: Visit) -> SessionEvidence:
    """Leave one session alone without any stream; keep another of its age busy.

    Twelve requests. That the busy one lives shows that the server did not restart.
    """
    idle_s = visit.intake.idle_s
    left, busy = (
        Session(visit.wire, "left alone"),
        Session(visit.wire, "kept busy"),
    )
    opened = await asyncio.gather(left.open(), busy.open())
    if not all(opened):
        return SessionEvidence(idle_s=idle_s, skipped="No session could be opened.")
    before = (await left.post()).exchange()
    touched = await _wait(visit, busy, idle_s)
    after = None
    if not visit.cancel.is_set():
        after = (await left.post()).exchange()
        touched = (*touched, (await busy.post()).exchange())
    await asyncio.gather(left.end(), busy.end())
    events = sorted((*left.timeline, *busy.timeline), key=lambda event: event.at_s)
    return SessionEvidence(
        idle_s=idle_s,
        before=before,
        after=after,
        busy=touched,
        timeline=tuple(events),
        skipped="Stopped before the time was over." if after is None else "",
    )


async def _wait(visit: Visit, busy: Session, idle_s: float) -> tuple[Exchange, ...]:
    seen: list[Exchange] = []
    zero = visit.wire.now()
    for turn in range(1, _TOUCHES + 1):
        moment = zero + idle_s * turn / _TOUCHES
        try:
            await asyncio.wait_for(visit.cancel.wait(), moment - visit.wire.now())
        except TimeoutError:
            if turn < _TOUCHES:
                seen.append((await busy.post()).exchange())
            continue
        break
    return tuple(seen)
