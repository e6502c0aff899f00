"""The client's own sequence: which requests are part of it, and where each stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import Failure
from streamtriage.model.observation import Phase
from streamtriage.model.roles import Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model import Exchange
    from streamtriage.model.roles import Asked
    from streamtriage.observations.case import Case

__all__ = ["STREAM_GETS", "is_natural", "own", "phase_of"]

# A GET for the stream of the own session, first or later.
STREAM_GETS = frozenset(
    (
        Role.GET,
        Role.GET_AGAIN,
        Role.CODED_GET,
        Role.HOLD_GET,
        Role.OLD_STREAM,
        Role.REOPEN_GET,
    )
)
_PHASES: dict[Role, Phase] = {
    Role.REACH: Phase.NETWORK,
    Role.REDIRECT: Phase.REDIRECT,
    Role.DISCOVER: Phase.GREET,
    Role.OLD_DISCOVER: Phase.GREET,
    Role.INITIALIZE: Phase.GREET,
    Role.NEW_INITIALIZE: Phase.GREET,
    Role.INITIALIZED: Phase.NOTIFY,
    Role.POST: Phase.POST,
    Role.HELD_POST: Phase.HELD,
    Role.PARALLEL_POST: Phase.SESSION,
    Role.IDLE_POST: Phase.SESSION,
    Role.SECOND_SESSION: Phase.SESSION,
    Role.FRESH_SESSION: Phase.REOPEN,
    Role.LAST_POST: Phase.END,
    Role.GET: Phase.OPEN,
    Role.GET_AGAIN: Phase.OPEN,
    Role.CODED_GET: Phase.OPEN,
    Role.HOLD_GET: Phase.OPEN,
    Role.OLD_GET: Phase.GREET,
    Role.OLD_STREAM: Phase.OPEN,
    Role.REOPEN_GET: Phase.REOPEN,
    Role.RESUME: Phase.RESUME,
    Role.LISTEN: Phase.LISTEN,
    Role.DELETE: Phase.END,
    Role.MADE_UP_SESSION: Phase.SESSION,
    Role.ENDED_SESSION: Phase.SESSION,
    Role.OTHER_CREDENTIAL: Phase.SESSION,
    Role.OTHER_ORIGIN: Phase.GREET,
    Role.OPTIONS: Phase.GREET,
}


def own(case: Case) -> Iterator[Asked]:
    """Yield every request of the own sequence that was really sent, oldest first.

    Left out is a refused try at once after an end, which this tool adds to the
    client's schedule, and a second question beside an open stream.
    """
    beside = case.not_on_schedule
    for each in case.asked:
        sent = each.exchange.failure is not Failure.NOT_SENT
        if each.role.own and sent and (each.probe, each.path) not in beside:
            yield each


def phase_of(case: Case, each: Asked) -> Phase:
    """Return where on the way to a working stream a request stands.

    What follows an end belongs to the reopening, the POSTs of that session too, and so
    does a GET that is repeated after a stream.
    """
    first = case.opened.live if case.opened is not None else None
    if each.role is Role.GET_AGAIN and first is not None and first.is_event_stream:
        return Phase.REOPEN
    followed = ".reopening." in each.path or each.path.startswith("after_")
    if followed and not each.path.endswith(".first"):
        return Phase.REOPEN
    return _PHASES.get(each.role, Phase.POST)


def is_natural(case: Case, seen: Exchange) -> bool:
    """Tell whether nothing of our own led to it: False after our own close or reset."""
    for each in case.reopenings:
        later = (*(a.get for a in each.attempts), *each.posts, each.fresh)
        if any(seen is other for other in later):
            return each.ended_by == "server"
    return True
