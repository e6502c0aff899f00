"""After which request the server stopped answering, if it did; sends nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import SilenceEvidence

if TYPE_CHECKING:
    from streamtriage.probes.visit import Visit

__all__ = ["needed", "run"]


def needed(visit: Visit) -> bool:
    """Run where it was asked whether the server still answers."""
    return bool(visit.wire.asked_again)


async def run(visit: Visit) -> SilenceEvidence:
    """Say what the wire learned when a request was left without an answer."""
    wire = visit.wire
    label, at_s = wire.fell_silent or ("", None)
    asked = wire.asked_again
    return SilenceEvidence(
        fell_silent_after=label,
        fell_silent_s=at_s,
        asked_again=tuple(live.exchange() for live in asked),
        timeline=tuple(event for live in asked for event in live.events),
    )
