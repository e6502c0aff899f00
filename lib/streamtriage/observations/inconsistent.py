"""One question that was answered in two ways."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from streamtriage.model.observation import Kind
from streamtriage.model.roles import Role
from streamtriage.observations.finder import finds, observe_exchange
from streamtriage.observations.sequence import own, phase_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model.observation import Observation
    from streamtriage.observations.case import Case

__all__ = ["in_turns"]


@finds(Kind.INCONSISTENT)
def find_inconsistent(case: Case) -> Iterator[Observation]:
    """Yield the refusals of a session, or of `initialize`, that comes and goes.

    Each stands as a refusal too; here it says that the same was accepted later.
    """
    turn, spread = case.wavering, in_turns(case)
    for each in own(case):
        seen = each.exchange
        first = turn is not None and seen is turn[0]
        mixed = each.role is Role.PARALLEL_POST and not seen.accepted and spread
        if seen.answered and (first or mixed):
            yield observe_exchange(Kind.INCONSISTENT, each, phase_of(case, each))


def in_turns(case: Case) -> bool:
    """Tell whether a session was refused and accepted in turns.

    The first round overlaps, so in it the order says nothing: a session that is lost
    meanwhile would look so too. A later round must have both answers.
    """
    if case.replicas is None:
        return False
    seen, asked = case.replicas.without_cookies, case.replicas.asked
    if len(seen) > asked:
        return len({each.accepted for each in seen[asked:]}) == 2
    return any(not a.accepted and b.accepted for a, b in pairwise(seen))
