"""How many runs tell more than chance, where a cause comes and goes by itself."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from streamtriage.causes import BY_ID

if TYPE_CHECKING:
    from streamtriage.causes.cause import ComesAndGoes
    from streamtriage.model import CauseId

__all__ = ["comes_and_goes", "needed"]

_ENOUGH = 0.05


def comes_and_goes(cause: CauseId) -> ComesAndGoes | None:
    """Return how a cause comes and goes by itself; None if it does not, or is gone.

    A ledger may be older than the catalogue.
    """
    known = BY_ID.get(cause)
    return known.comes_and_goes if known else None


def needed(cause: CauseId, *, failed: int, runs: int) -> int:
    """Return how many runs without the failure leave chance less than one in twenty.

    `failed` of `runs` showed the failure with nothing changed. A cause that is not
    known to come and go, and that showed each time, needs one.
    """
    if comes_and_goes(cause) is None and failed >= runs:
        return 1
    # Nobody saw it fail less than every second time, so no more than that is assumed.
    rate = min(0.5, failed / runs) if failed and runs else 0.5
    return math.ceil(math.log(_ENOUGH) / math.log(1 - rate))
