"""After which request nothing more was answered, or sent; sends nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import SilenceEvidence
from streamtriage.probes.context import Probe

if TYPE_CHECKING:
    from streamtriage.model import Exchange
    from streamtriage.probes.context import Visit

__all__ = ["PROBE", "needed", "run"]


def needed(visit: Visit) -> bool:
    """Run where it was asked whether it still answers, or a 429 would be lost."""
    return bool(visit.wire.asked_again) or _limit(visit) is not None


def _limit(visit: Visit) -> Exchange | None:
    """Return the 429 that ended the run, if no other probe keeps it."""
    live = visit.wire.limit
    if live is None:
        return None
    seen = live.exchange()
    known = ((each.label, each.started_s) for each in visit.exchanges)
    return None if (seen.label, seen.started_s) in known else seen


async def run(visit: Visit) -> SilenceEvidence:
    """Say what the wire learned when a request was left without an answer."""
    wire = visit.wire
    label, at_s = wire.fell_silent or ("", None)
    asked = wire.asked_again
    return SilenceEvidence(
        fell_silent_after=label,
        fell_silent_s=at_s,
        asked_again=tuple(live.exchange() for live in asked),
        limited=_limit(visit),
        timeline=tuple(event for live in asked for event in live.events),
    )


PROBE = Probe(
    "silence",
    "sum",
    "Looking for the request after which nothing was answered",
    needed,
    run,
)
