"""What a comparison says: of two reports, or of two snapshots of machines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from streamtriage.languages import translate
from streamtriage.model import Comparable, Noun
from streamtriage.model.message import join_sentences, tell
from streamtriage.wording import said

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Comparison",
    "Difference",
    "DifferenceKind",
    "advice",
    "filled",
    "only_in_one",
    "ranked",
    "summary",
]

DifferenceKind = Literal["setting", "observation", "cause"]
_FIELD = re.compile(r"\{(?:broken|working)\}")


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


class Comparison(Noun):
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


def ranked(weighed: Iterable[tuple[int, Difference]]) -> tuple[Difference, ...]:
    """Give each its rank by its weight; those of one weight stay in their order."""
    order = sorted(weighed, key=lambda pair: -pair[0])
    return tuple(
        each.model_copy(update={"rank": rank})
        for rank, (_, each) in enumerate(order, 1)
    )


def summary(fit: Comparable, differ: str) -> str:
    """Say whether two can be compared, then what they differ in where they can."""
    return said(join_sentences((fit.says, differ))) if fit.is_fit else fit.says


def advice(what: str, change: str) -> str:
    """Name what to change, and how."""
    return translate("{what}: {change}", what=what, change=change)


def only_in_one(found: Comparison) -> str:
    """Name what was found out in only one of the two; empty where nothing was."""
    if not found.not_compared:
        return ""
    gaps = tell("comma").join(found.not_compared)
    return translate("Found out in only one of them: {gaps}.", gaps=gaps)


def filled(change: str, broken: str, working: str) -> str:
    """Fill a sentence in; a name or a value with braces in it is text, and no field."""
    values = {"{broken}": broken, "{working}": working}
    return _FIELD.sub(lambda match: values[match[0]], change)
