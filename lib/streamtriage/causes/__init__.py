"""Pure functions from evidence to findings; nothing here touches the network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import Cause
from streamtriage.causes.cover import Cover, cover
from streamtriage.causes.fixes import Recognised, filled_in, fixes_for, recognised
from streamtriage.causes.verdict import conclude
from streamtriage.model import Status
from streamtriage.observations import observe
from streamtriage.observations.case import Case
from streamtriage.registry import collect_by_layer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.model import Finding

__all__ = [
    "BY_ID",
    "CAUSES",
    "ON_THE_MACHINE",
    "ON_THE_WIRE",
    "Case",
    "Cause",
    "conclude",
    "judge",
]

# In the order of the layers, from the name to the machine, and of the names in each;
# which one leads is weighed in `cover`.
CAUSES = collect_by_layer(__name__, Cause)
ON_THE_WIRE = tuple(each for each in CAUSES if each.shown_by == "wire")
ON_THE_MACHINE = tuple(each for each in CAUSES if each.shown_by == "machine")
BY_ID = {each.id: each for each in CAUSES}


def judge(case: Case, catalogue: Sequence[Cause] = CAUSES) -> Cover:
    """Judge every cause, and weigh them against what was seen.

    Returns one finding for every cause of the catalogue, in its order, those that are
    present, the lead first, and what none of them explains.
    """
    products = recognised(case)
    found = [_found(case, cause, products) for cause in catalogue]
    return cover(case, found, observe(case), BY_ID)


def _found(case: Case, cause: Cause, products: Recognised) -> Finding:
    """Judge, and rank the changes by who was seen where it is something to act on."""
    finding = cause.find(case)
    if finding.status not in (Status.PRESENT, Status.SUSPECTED):
        return finding
    fixes = filled_in(case, fixes_for(cause.remedies, finding.fixes, products))
    return finding.model_copy(update={"fixes": fixes})
