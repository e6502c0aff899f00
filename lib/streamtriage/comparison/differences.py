"""What a comparison of two reports says."""

from __future__ import annotations

from typing import Literal

from streamtriage.model import Comparable, Noun

__all__ = ["Difference", "DifferenceKind", "ReportComparison"]

DifferenceKind = Literal["setting", "observation", "cause"]


class Difference(Noun):
    """One thing that is not the same; rank 1 bears most on the failing verdict.

    A *setting* is what somebody can change, an *observation* what a probe was
    answered, a *cause* what was concluded. Only a setting has a `change`.
    """

    what: str
    broken: str
    working: str
    rank: int
    why: str
    kind: DifferenceKind = "observation"
    change: str = ""


class ReportComparison(Noun):
    """All differences, most telling first, and the one change to try.

    Where the two are not `comparable`, there is no change to try: advice from two that
    have nothing to do with each other harms. `notes` say what weakens the comparison.
    `not_compared` names what was found out in only one of the two, and so counts
    neither as equal nor as different.
    """

    says: str
    comparable: Comparable = Comparable()
    differences: tuple[Difference, ...] = ()
    change_first: str = ""
    same: int = 0
    notes: tuple[str, ...] = ()
    not_compared: tuple[str, ...] = ()
