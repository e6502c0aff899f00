"""What a client's own tries to open the stream again would be answered."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from streamtriage.model import Exchange, Failure, Reopening
from streamtriage.model.message import Message, Text, say
from streamtriage.reference_client.client import Meaning, meaning, schedule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.model import Attempt

__all__ = ["on_schedule", "said"]


def on_schedule(
    reopening: Reopening | None, retry_ms: int | None
) -> tuple[tuple[Exchange, ...], Message]:
    """Return the answers that the client's own attempts would get, and say so.

    For each of its moments the measured attempt that is nearest. We stop at a 429, it
    does not; its later attempts are then taken to be answered as the last one.
    """
    tried = [
        attempt
        for attempt in (reopening.attempts if reopening is not None else ())
        if attempt.get.failure is not Failure.NOT_SENT
    ]
    if not tried:
        return (), say("scene.not-measured")
    chosen: list[tuple[float, Attempt]] = []
    for moment in schedule(retry_ms):
        nearest = min(tried, key=lambda a: abs(a.after_s - moment))
        chosen.append((moment, nearest))
        if meaning(nearest.get) is not Meaning.REFUSED:
            break
    return tuple(attempt.get for _, attempt in chosen), _told(chosen)


def _told(chosen: Sequence[tuple[float, Attempt]]) -> Message:
    parts: list[Text] = [
        say("scene.answered-at", answer=said(a.get), after_s=moment)
        for moment, a in chosen
    ]
    answers = reduce(lambda one, next_: say("scene.and", one=one, next=next_), parts)
    repeated = len({id(attempt) for _, attempt in chosen}) < len(chosen)
    if repeated:
        return say("scene.answered-once", answers=answers)
    return say("scene.answered", answers=answers)


def said(exchange: Exchange) -> str:
    """Return the answer in a word or two: the status, or the failure."""
    if exchange.status is not None:
        return f"{exchange.status} {exchange.reason or ''}".strip()
    return str(exchange.failure or "nothing")
