"""A session left alone, and a session used with another credential."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from streamtriage.model import SessionEvidence
from streamtriage.probes.context import LEAST_S, Probe, in_session
from streamtriage.transport.mcp_session import Session
from streamtriage.transport.reopen import read_head

if TYPE_CHECKING:
    from pydantic import SecretStr

    from streamtriage.model import Event, Exchange
    from streamtriage.probes.context import Visit

__all__ = ["PROBE", "needed", "run"]

_STOPPED = "Stopped before the time was over."
_TOUCHES = 4
# By then the first streams are open, whose moments matter more; the watch, beside which
# this costs no time, is hardly over sooner.
_AFTER_S = 0.15


def needed(visit: Visit) -> bool:
    """Run where there are sessions: one is left alone beside the watch.

    A server that offers no stream is not watched, so there that would be the one wait;
    it is made where the person asked for a wait.
    """
    waits = visit.waits or bool(_other(visit)) or not visit.has_no_stream
    return in_session(visit) and bool(visit.session.id) and waits


def _other(visit: Visit) -> SecretStr | None:
    return visit.wire.target.second_authorization


async def run(visit: Visit) -> SessionEvidence:
    """Leave a session alone, and use one with another credential if one was given.

    Where the person did not ask how long, it is left alone for as long as the watch.
    """
    other = _other(visit)
    found = await _left_alone(visit)
    if other is None or visit.cancel.is_set():
        return found
    facts, events = await _with_other(visit, other)
    log = sorted((*found.timeline, *events), key=lambda event: event.at_s)
    return found.model_copy(update={**facts, "timeline": tuple(log)})


async def _with_other(
    visit: Visit, authorization: SecretStr
) -> tuple[dict[str, Exchange | None], tuple[Event, ...]]:
    """Use a session of ours with the other credential, and then with its own again.

    At most eleven requests. That the other one can open a session of its own shows
    that it is not refused for itself.
    """
    wire = visit.wire.aside(authorization=authorization)
    own, anew = Session(visit.wire, "first credential"), Session(wire, "second one")
    fresh = (await anew.initialize()).exchange()
    await anew.end()
    facts: dict[str, Exchange | None] = {"other_fresh": fresh}
    borrowed = Session(wire, "first one's session, second credential")
    if await own.open() and own.id is not None:
        borrowed.id, borrowed.revision = own.id, own.revision
        facts["own_before"] = (await own.post()).exchange()
        facts["other_post"] = (await borrowed.post()).exchange()
        live = await borrowed.get("GET")
        await read_head(live, visit.wire.head_patience_s)
        await live.close()
        facts["other_get"] = live.exchange()
        facts["own_after"] = (await own.post()).exchange()
    await own.end()
    return facts, (*own.timeline, *anew.timeline, *borrowed.timeline)


async def _pause(visit: Visit, seconds: float) -> bool:
    """Wait; False where the person stopped it."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(visit.cancel.wait(), seconds)
    return not visit.cancel.is_set()


async def _left_alone(visit: Visit) -> SessionEvidence:
    """Leave one session alone without any stream; keep another of its age busy.

    Twelve requests. That the busy one lives shows that the server did not restart.
    """
    idle_s = visit.intake.idle_s or max(visit.intake.hold_s, LEAST_S)
    left, busy = (
        Session(visit.wire, "left alone"),
        Session(visit.wire, "kept busy"),
    )
    if not await _pause(visit, _AFTER_S):
        return SessionEvidence(idle_s=idle_s, skipped=_STOPPED)
    opened = await asyncio.gather(left.open(), busy.open())
    if not all(opened):
        return SessionEvidence(idle_s=idle_s, skipped="No session could be opened.")
    before = (await left.post()).exchange()
    touched = await _wait(visit, busy, idle_s)
    after = None
    if not visit.cancel.is_set():
        # At one moment, so that a restart in between cannot tell them apart.
        last, touch = await asyncio.gather(left.post(), busy.post())
        after, touched = last.exchange(), (*touched, touch.exchange())
    await asyncio.gather(left.end(), busy.end())
    events = sorted((*left.timeline, *busy.timeline), key=lambda event: event.at_s)
    return SessionEvidence(
        idle_s=idle_s,
        before=before,
        after=after,
        busy=touched,
        timeline=tuple(events),
        skipped=_STOPPED if after is None else "",
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


PROBE = Probe(
    "session",
    "watch",
    "Leaving a session alone, or using it with another credential",
    needed,
    run,
    lasts_s=lambda intake: intake.idle_s,
)
