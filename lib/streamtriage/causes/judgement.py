"""What a cause says of one case: its status, and the numbers it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtriage.model import Fix, Impact, Owner, ProbeId, Status

if TYPE_CHECKING:
    from streamtriage.model.message import Text

__all__ = ["Judgement", "absent", "present", "suspected", "unknown"]


@dataclass(frozen=True)
class Judgement:
    """What a cause says: its status, and one message with the numbers in it.

    `settle` names the test that would turn a suspicion into a finding.
    """

    status: Status
    because: Text
    settle: Text = ""
    rests_on: tuple[ProbeId, ...] = ()
    impact: Impact | None = None
    owner: Owner | None = None
    fixes: tuple[Fix, ...] = ()


def present(
    because: Text,
    *rests_on: ProbeId,
    impact: Impact | None = None,
    owner: Owner | None = None,
    fixes: tuple[Fix, ...] = (),
) -> Judgement:
    """Say that the cause is there; `because` carries the numbers.

    `impact`, `owner` and `fixes` replace those of the cause where the evidence says
    better.
    """
    return Judgement(
        Status.PRESENT,
        because,
        rests_on=rests_on,
        impact=impact,
        owner=owner,
        fixes=fixes,
    )


def suspected(
    because: Text,
    settle: Text,
    *rests_on: ProbeId,
    owner: Owner | None = None,
    fixes: tuple[Fix, ...] = (),
) -> Judgement:
    """Say that what was seen fits, and name the test that would settle it."""
    return Judgement(
        Status.SUSPECTED, because, settle, rests_on, owner=owner, fixes=fixes
    )


def absent(because: Text, *rests_on: ProbeId) -> Judgement:
    """Say that the cause is not there, and which probes' evidence rules it out.

    Only what the person gave (the text, a version) may rule out without a probe.
    """
    return Judgement(Status.ABSENT, because, rests_on=rests_on)


def unknown(because: Text) -> Judgement:
    """Say that it was not probed, or that the probe could not run."""
    return Judgement(Status.UNKNOWN, because)
