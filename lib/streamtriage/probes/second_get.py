"""A second GET beside an open one, and the place that a vanished stream keeps."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from streamtriage.model import Attempt, Exchange, SecondEvidence
from streamtriage.probes.context import Probe, in_session
from streamtriage.transport.mcp_session import Session
from streamtriage.transport.reopen import read_head

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.probes.context import Visit

__all__ = ["PROBE", "needed", "run"]

# The reference client has tried for the last time at +2.5 s; what is refused so soon
# after an end of our own may be refused because nobody has noticed that end.
_MOMENTS = (0.0, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0)
_TRIED_S = 2.5
_LEAST_S = 5.0
# A refusal that says when to come back is taken at its word up to this.
_SOON_S = 10.0
# What speaks of the credential, of the method, or of the number of requests.
_OTHERWISE = (401, 405, 429)
# From then on; nginx lets a place go after 60 s, an SDK never.
_EVERY_S = 30.0


def needed(visit: Visit) -> bool:
    """Run where opening a stream again was refused, or came to nothing at once."""
    return in_session(visit) and any(map(_failed, visit.tries))


def _told_s(visit: Visit) -> float:
    """Return after how long a refusal says to come back, if that is soon."""
    told = [seen.headers.get("retry-after", "") for seen in visit.tries]
    waits = [float(text) for text in told if text.isascii() and text.isdigit()]
    return max((each for each in waits if each <= _SOON_S), default=0.0)


def _failed(seen: Exchange) -> bool:
    ended = seen.end is not None and seen.end.natural
    refused = (seen.status or 0) >= 400 and seen.status not in _OTHERWISE
    return refused or (seen.is_event_stream and ended)


async def run(
    visit: Visit,
    *,
    patience_s: float = 3.0,
    moments_s: tuple[float, ...] = _MOMENTS,
    every_s: float = _EVERY_S,
) -> SecondEvidence:
    """Open a stream, ask for another beside it, vanish, and ask until one is given.

    Between 8 and 14 requests in the first 30 s, and two a minute for as long as the
    person lets a stream be held.
    """
    session = Session(visit.wire, "second")
    if not await session.open():
        return SecondEvidence(skipped="No session could be opened.")
    first = await session.get("GET, to stay open")
    await read_head(first, patience_s)
    if first.recorder.media_type != "text/event-stream" or first.finished:
        await first.close()
        return SecondEvidence(first=first.exchange(), timeline=session.timeline)
    second = await session.get("GET beside the open one")
    await read_head(second, patience_s)
    await second.close()
    went_on = not first.finished
    await first.vanish()
    longest_s = max(_LEAST_S, visit.intake.hold_s, _told_s(visit))
    moments = tuple(_moments(moments_s, every_s, longest_s))
    tries = await _wait(visit, session, patience_s, moments)
    post = await session.post()
    await session.end()
    accepted = [each.after_s for each in tries if _holds(each.get)]
    return SecondEvidence(
        first=first.exchange(),
        beside=second.exchange(),
        first_went_on=went_on,
        tries=tries,
        freed_s=accepted[0] if accepted else None,
        post=post.exchange(),
        timeline=session.timeline,
    )


async def _wait(
    visit: Visit, session: Session, patience_s: float, moments: tuple[float, ...]
) -> tuple[Attempt, ...]:
    zero, tries = visit.wire.now(), list[Attempt]()
    for moment in moments:
        if moment > _TRIED_S:
            left_s = zero + moments[-1] - visit.wire.now()
            visit.say("Waiting for the place of a vanished stream", left_s)
        left_s = zero + moment - visit.wire.now()
        if left_s > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(visit.cancel.wait(), left_s)
        if visit.cancel.is_set() or visit.wire.braked:
            break
        live = await session.get(f"GET {moment:g} s after the first one vanished")
        await read_head(live, patience_s)
        await live.close()
        tries.append(Attempt(after_s=moment, get=live.exchange()))
        if _holds(tries[-1].get):
            break
    return tuple(tries)


def _moments(
    first_s: tuple[float, ...], every_s: float, longest_s: float
) -> Iterator[float]:
    """Return when to ask, in seconds after the first stream vanished."""
    yield from (moment for moment in first_s if moment <= longest_s)
    beyond = first_s[-1] + every_s
    while beyond <= longest_s:
        yield beyond
        beyond += every_s


def _holds(seen: Exchange) -> bool:
    return seen.is_event_stream and not (seen.end is not None and seen.end.natural)


PROBE = Probe(
    "second",
    "follow",
    "Opening a second stream beside the first",
    needed,
    run,
)
