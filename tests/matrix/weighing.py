"""Takes causes out of the catalogue, joins what was seen of two faults, shuffles it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from streamtriage.causes import BY_ID, CAUSES, conclude, judge
from streamtriage.causes.cover import Cover, cover
from streamtriage.model import Finding, Kind, Report, Status
from streamtriage.observations import observe
from streamtriage.observations.case import Case

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.model import Observation, Verdict

__all__ = [
    "case_of",
    "foreign",
    "heavy",
    "joined",
    "left_out",
    "pairs",
    "shuffled",
]

SHOWN = (Status.PRESENT, Status.SUSPECTED)


def case_of(report: Report) -> Case:
    return Case(report.intake, report.signature, report.evidence, report.asked_as)


def left_out(report: Report, cause: str) -> tuple[Cover, Verdict]:
    """Judge a report by the catalogue without one cause."""
    seen = judge(case_of(report), tuple(c for c in CAUSES if c.id != cause))
    return seen, conclude(case_of(report), seen)


def heavy(seen: Sequence[Observation]) -> list[Observation]:
    """Return what blocks or loses."""
    return [each for each in seen if each.weight in ("blocking", "losing")]


def pairs(
    reports: Sequence[Report], count: int, seed: int
) -> list[tuple[Report, Report]]:
    """Draw pairs of reports that each name one cause, never the same one twice."""
    chosen = random.Random(seed)
    single = [each for each in reports if len(each.verdict.causes) == 1]
    found: list[tuple[Report, Report]] = []
    while len(found) < count:
        one, other = chosen.sample(single, 2)
        if one.verdict.causes != other.verdict.causes:
            found.append((one, other))
    return found


def joined(one: Report, other: Report) -> Cover:
    """Weigh what was found of two faults as if both were of one server."""
    findings = [
        a if a.status in SHOWN or b.status not in SHOWN else b
        for a, b in zip(one.findings, other.findings, strict=True)
    ]
    seen = [*observe(case_of(one)), *_renamed(observe(case_of(other)))]
    return cover(case_of(one), findings, seen, BY_ID)


def _renamed(seen: Sequence[Observation]) -> list[Observation]:
    """Give observations ids of their own, for both reports have the same probes."""
    return [o.model_copy(update={"id": f"{o.id} (other)"}) for o in seen]


def foreign(report: Report) -> Observation:
    """Return an observation that no cause of the catalogue explains."""
    like = next(o for o in observe(case_of(report)) if o.weight.counts)
    return like.model_copy(
        update={"id": "foreign", "kind": Kind.REFUSED, "status": 418, "detail": ""}
    )


def shuffled(report: Report, seed: int) -> tuple[list[Finding], list[Observation]]:
    """Return findings and observations of a report in another order."""
    chosen = random.Random(seed)
    findings = [cause.find(case_of(report)) for cause in CAUSES]
    seen = list(observe(case_of(report)))
    chosen.shuffle(findings)
    chosen.shuffle(seen)
    return findings, seen
