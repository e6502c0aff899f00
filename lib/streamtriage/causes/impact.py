"""How much a cause matters to the client that the person named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtriage.knowledge.versions import between, version_of
from streamtriage.model.observation import Weight

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtriage.model import Finding, Impact, Intake, Outcome
    from streamtriage.model.observation import Observation

__all__ = ["KnownImpact", "impact_of", "known_of_client"]


# Causes that leave POST alone: the first GET is refused, or only a later one.
_FIRST_GET = ("get-not-implemented-404", "get-4xx-instead-of-405", "gateway-blocks-get")
_LATER_GET = ("half-open-stream-409",)


@dataclass(frozen=True)
class KnownImpact:
    """What one version of a client makes of a cause, and a sentence that says so."""

    impact: Impact
    text: str


def known_of_client(cause: str, intake: Intake) -> KnownImpact | None:
    """Return what the named client is known to make of a cause, if anything.

    Measured with Claude Code 2.1.81 to 2.1.330; anthropics/claude-code#38631 and
    #62198. A first GET that is refused is never tried again, so only a refused later
    one could close the transport of 2.1.83 to 2.1.140.
    """
    words = f"{intake.client} {intake.client_version}"
    version = ".".join(map(str, version_of(words)))
    if "claude" not in words.lower() or not version:
        return None
    name = f"Claude Code {version}"
    if cause == "get-not-implemented-404" and between(version, "2.1.147", "2.1.152"):
        return KnownImpact(
            "fatal",
            f"{name} takes this 404 for an expired session and loads no tools; 2.1.153 "
            "mends that.",
        )
    if cause in _LATER_GET and between(version, "2.1.83", "2.1.140"):
        return KnownImpact(
            "fatal",
            f"{name} closes the whole connection when the stream cannot be opened "
            "again; from 2.1.141 on tool calls continue.",
        )
    if cause in (*_FIRST_GET, *_LATER_GET):
        return KnownImpact(
            "cosmetic", f"{name} writes a log line and goes on calling tools by POST."
        )
    return None


def impact_of(
    outcome: Outcome, lead: Finding | None, seen: Iterable[Observation]
) -> Impact:
    """Return how much it matters: what was measured, then what the table knows.

    Where a request of the client's own sequence was refused or not answered, nothing
    works, whatever the table says of the cause; nothing is less than the lead's.
    """
    if outcome == "healthy":
        return "none"
    if any(each.weight is Weight.BLOCKING for each in seen):
        return "fatal"
    return lead.impact if lead is not None else "unknown"
