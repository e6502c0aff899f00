"""The last look of a run: whether requests work at its end as at its beginning."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from streamtriage.model import AfterwardsEvidence, Failure, HandshakeEvidence, asked
from streamtriage.probes import pace, room
from streamtriage.probes.context import Probe, in_session
from streamtriage.protocol.messages import modern_headers, tools_list
from streamtriage.transport.mcp_session import Session
from streamtriage.transport.reopen import read_head

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtriage.model import Asked, Exchange
    from streamtriage.probes.context import Visit

__all__ = ["PROBE", "failed_after_working", "needed", "run"]

# Seconds after the first try at which a server that is away is asked again: a process
# that is started again is back within seconds.
_MOMENTS = (1.0, 2.5, 5.0, 6.0)
_PATIENCE_S = 3.0


def needed(visit: Visit) -> bool:
    """Run where requests worked at the beginning."""
    greeted = visit.of(HandshakeEvidence)
    modern = greeted is not None and greeted.modern_only
    return modern or in_session(visit)


async def run(
    visit: Visit, *, moments_s: tuple[float, ...] = _MOMENTS
) -> AfterwardsEvidence:
    """Open a fresh session and send one POST; wait a little for a server that is away.

    Four requests; a GET more where something failed after others had worked, and then
    at most four more `initialize` while the return is waited for. Where something was
    refused for want of room, see `room`; where it is accepted at other times, `pace`.
    """
    if not await visit.wire.answers_again():
        return AfterwardsEvidence(skipped="The server had stopped answering.")
    if visit.wire.braked:
        return AfterwardsEvidence(skipped="Nothing is sent after a 429.")
    greeted = visit.of(HandshakeEvidence)
    if greeted is not None and greeted.modern_only:
        return await _modern(visit)
    outage = failed_after_working(asked(visit.seen.values()))
    session, tried, waited_s = await _open(visit, moments_s)
    found = AfterwardsEvidence(
        initialize=tried[-1], waited_s=waited_s, waited_for=tuple(tried[:-1])
    )
    if session.opened:
        await session.notify_initialized()
        post = await session.post(patience_s=visit.patience_s(_PATIENCE_S))
        found = found.model_copy(update={"post": post.exchange()})
        if outage or tried[:-1] or not post.exchange().worked:
            live = await session.get("GET, at the end of the run")
            await read_head(live, _head_patience_s(visit))
            await live.close()
            found = found.model_copy(update={"get": live.exchange()})
        await session.end()
    found = found.model_copy(update={"timeline": session.timeline})
    if pace.needed(visit):
        found = found.model_copy(update={"pace": await pace.run(visit)})
    if not session.opened or found.paced or not room.needed(visit):
        return found
    places = await room.run(visit)
    return found.model_copy(
        update={
            "room_streams": tuple(places.streams),
            "room_tries": tuple(places.tries),
        }
    )


def failed_after_working(requests: Iterable[Asked]) -> bool:
    """Tell whether a request of our own failed after another one had worked.

    405 is no failure, nor is a stream that ends politely, nor what we held back.
    """
    worked = False
    for each in requests:
        if not each.role.own:
            continue
        if worked and _failed(each.exchange):
            return True
        worked = worked or each.exchange.worked
    return False


def _failed(seen: Exchange) -> bool:
    if seen.failure is Failure.NOT_SENT:
        return False
    cut = seen.end is not None and seen.end.natural and not seen.end.clean
    return cut or (not seen.worked and seen.status != 405)


async def _open(
    visit: Visit, moments_s: tuple[float, ...]
) -> tuple[Session, list[Exchange], float]:
    """Open a session, again and again for a while if it cannot be had."""
    wire = visit.wire.aside(unasked=True)
    began_s = wire.now()
    tried: list[Exchange] = []
    session = Session(wire, "last look")
    seen = session.responses
    for moment in (0.0, *moments_s):
        if tried:
            visit.say("Waiting for the server to come back", moments_s[-1] - moment)
            with contextlib.suppress(TimeoutError):
                left_s = max(began_s + moment - wire.now(), 0.001)
                await asyncio.wait_for(visit.cancel.wait(), left_s)
        session = Session(wire, "last look")
        session.responses = seen
        tried.append(
            (await session.initialize(visit.patience_s(_PATIENCE_S))).exchange()
        )
        late = wire.now() - began_s >= moments_s[-1]
        if session.opened or late or wire.braked or visit.cancel.is_set():
            break
    waited_s = tried[-1].started_s - began_s if tried[:-1] else 0.0
    return session, tried, round(waited_s, 3)


async def _modern(visit: Visit) -> AfterwardsEvidence:
    live = await visit.wire.ask(
        "tools/list (revision 2026-07-28, at the end of the run)",
        body=tools_list(modern=True),
        extra=modern_headers("tools/list"),
    )
    return AfterwardsEvidence(post=live.exchange(), timeline=live.events)


def _head_patience_s(visit: Visit) -> float:
    """Return how long a head may take: three times as long as the slowest one took.

    Where none ever came, only a moment: that is no news at the end of the run.
    """
    waits = [
        seen.head_wait_s or 0.0
        for seen in visit.exchanges
        if seen.method == "GET" and seen.is_event_stream
    ]
    return min(visit.wire.head_patience_s, max(1.0, 3 * max(waits, default=0.0)))


PROBE = Probe(
    "afterwards",
    "last",
    "Looking once more whether requests work",
    needed,
    run,
)
