"""Requests that got no response head, though the connection stood."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import Failure
from streamtriage.model.observation import Kind, Phase
from streamtriage.model.roles import Role
from streamtriage.observations.finder import finds, observe_exchange
from streamtriage.observations.not_reached import NO_CONNECTION
from streamtriage.observations.sequence import STREAM_GETS, is_natural, own, phase_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model.observation import Observation
    from streamtriage.observations.case import Case


@finds(Kind.UNANSWERED)
def find_unanswered(case: Case) -> Iterator[Observation]:
    """Yield every request of the own sequence that was ended or timed out unanswered.

    A GET whose head never came is late, not unanswered, unless its connection ended.
    """
    for each in own(case):
        seen = each.exchange
        waits = seen.failure is Failure.TIMED_OUT and each.role in STREAM_GETS
        cannot_be_read = seen.failure is Failure.PROTOCOL
        if seen.answered or seen.failure is None or waits or cannot_be_read:
            continue
        if seen.failure not in NO_CONNECTION:
            yield observe_exchange(
                Kind.UNANSWERED,
                each,
                phase_of(case, each),
                natural=is_natural(case, seen),
                after_s=seen.ended_s,
            )
    yield from _silence(case)
    yield from _not_on_the_stream(case)


def _silence(case: Case) -> Iterator[Observation]:
    """Yield the harmless requests that were sent in vain after a silence began."""
    silent = case.silence is not None and bool(case.silence.fell_silent_after)
    for each in case.asked:
        seen = each.exchange
        if silent and each.role is Role.ALIVE and not seen.answered:
            yield observe_exchange(
                Kind.UNANSWERED,
                each,
                Phase.END,
                after_s=seen.ended_s,
                detail="fell-silent",
            )


def _not_on_the_stream(case: Case) -> Iterator[Observation]:
    """Yield requests that HTTP+SSE took and did not answer on the session's stream."""
    seen = case.http_sse
    if seen is None:
        return
    answered = {"initialize": "initialize_s", "post": "post_s"}
    for each in own(case):
        name = each.path.rpartition(".")[2]
        if each.probe != "http-sse" or name not in answered:
            continue
        session = next(s for s in seen.sessions if getattr(s, name) is each.exchange)
        if each.exchange.accepted and getattr(session, answered[name]) is None:
            yield observe_exchange(
                Kind.UNANSWERED,
                each,
                phase_of(case, each),
                detail="not-on-the-stream",
            )
