"""One question that was answered in two ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model.observation import Kind
from streamtriage.model.roles import Role
from streamtriage.observations.finder import finds, observe_exchange
from streamtriage.observations.sequence import own, phase_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.causes.case import Case
    from streamtriage.model.observation import Observation

_ONE_QUESTION = (Role.INITIALIZE, Role.SECOND_SESSION, Role.FRESH_SESSION)


@finds(Kind.INCONSISTENT)
def find_inconsistent(case: Case) -> Iterator[Observation]:
    """Yield the refusals of a session, or of `initialize`, that comes and goes.

    Each stands as a refusal too; here it says that the same was accepted later.
    """
    turn = case.wavering
    for each in own(case):
        seen = each.exchange
        in_turn = turn is not None and seen is turn[0]
        mixed = each.role is Role.PARALLEL_POST and not seen.accepted and _mixed(case)
        if seen.answered and (in_turn or mixed):
            yield observe_exchange(Kind.INCONSISTENT, each, phase_of(each))


def _mixed(case: Case) -> bool:
    asked = case.replicas.without_cookies if case.replicas is not None else ()
    return len({each.accepted for each in asked}) == 2
