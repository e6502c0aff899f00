"""Which causes together explain what was seen, in which order, and what is left.

Judges say what fits their own evidence; this module weighs them against each other.
A cause is present only if it explains an observation, one that a table or a log infers
goes where measured ones explain the same, and what nobody explains is kept by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtriage.causes.explains import fits_any
from streamtriage.model import CauseId, Status
from streamtriage.model.message import say
from streamtriage.model.observation import Weight
from streamtriage.wording import answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from streamtriage.causes.cause import Cause
    from streamtriage.model import Exchange, Finding
    from streamtriage.model.message import Text
    from streamtriage.model.observation import Observation, ObservationId
    from streamtriage.model.roles import Role
    from streamtriage.observations.case import Case

__all__ = ["Cover", "cover"]

_BASES = ("measured", "inferred", "wording")
_NOT_NEEDED = say("cover.not-needed")
_EXPLAINED = say("cover.explained")


@dataclass(frozen=True)
class Cover:
    """The findings after weighing, in the catalogue's order, and what is left.

    `present` has the lead first, `suspected` the most telling first. `unexplained` are
    the observations that weigh and that no present cause accounts for.
    """

    findings: tuple[Finding, ...]
    present: tuple[Finding, ...]
    suspected: tuple[Finding, ...]
    observations: tuple[Observation, ...]
    unexplained: tuple[Observation, ...]

    @property
    def lead(self) -> Finding | None:
        """The cause that the verdict names first; one of mere wording never leads."""
        first = self.present[0] if self.present else None
        return first if first is None or first.basis != "wording" else None

    @property
    def outweighed(self) -> bool:
        """True where something unexplained weighs more than all that is explained."""
        heaviest = min((o.weight.rank for o in self.unexplained), default=None)
        if heaviest is None or heaviest > Weight.LOSING.rank:
            return False
        known = {o.id: o for o in self.observations}
        own = [known[i].weight.rank for f in self.present for i in f.explains]
        return heaviest < min(own, default=len(Weight))


def cover(
    case: Case,
    findings: Sequence[Finding],
    observations: Sequence[Observation],
    catalogue: Mapping[CauseId, Cause],
) -> Cover:
    """Weigh findings against observations.

    `findings` are those of the judges, one a cause; `catalogue` has each cause by its
    id. Neither their order nor that of the observations changes the lead.
    """
    told = [_explaining(each, observations, catalogue) for each in findings]
    told = [_as_predicted(each, case, observations, catalogue) for each in told]
    told = _without_inferred(told)
    known = {each.id: each for each in observations}
    order = _Order(case, known, catalogue)
    present = sorted(_of(told, Status.PRESENT), key=order.key)
    explained = {i for each in present for i in each.explains}
    left = tuple(o for o in observations if o.weight.counts and o.id not in explained)
    told = [_if_needed(each, explained, present) for each in told]
    return Cover(
        findings=tuple(told),
        present=tuple(present),
        suspected=tuple(sorted(_of(told, Status.SUSPECTED), key=order.key)),
        observations=tuple(observations),
        unexplained=left,
    )


def _of(findings: Iterable[Finding], status: Status) -> list[Finding]:
    return [each for each in findings if each.status is status]


def _explaining(
    finding: Finding, seen: Sequence[Observation], catalogue: Mapping[CauseId, Cause]
) -> Finding:
    """Write down what a finding explains; without anything it is not known."""
    if finding.status not in (Status.PRESENT, Status.SUSPECTED):
        return finding
    clauses = catalogue[finding.cause].explains
    names = tuple(each.id for each in seen if fits_any(clauses, each))
    if not names:
        return _unknown(finding, _NOT_NEEDED)
    return finding.model_copy(update={"explains": names})


def _as_predicted(
    finding: Finding,
    case: Case,
    seen: Sequence[Observation],
    catalogue: Mapping[CauseId, Cause],
) -> Finding:
    """Rule a cause out where what it predicts was asked for and works.

    Where it was not asked for, the cause is not proven.
    """
    if finding.status not in (Status.PRESENT, Status.SUSPECTED):
        return finding
    for prediction in catalogue[finding.cause].predicts:
        kept = prediction.kept_by(seen)
        left = [r for r in prediction.asked if r not in kept]
        sent = [each for each in case.asked if each.role in left]
        works = [each.exchange for each in sent if each.exchange.worked]
        if works:
            return _contradicted(finding, works[0])
        if not (kept or sent) and finding.status is Status.PRESENT:
            return _unproven(finding, prediction.asked[0])
    return finding


def _contradicted(finding: Finding, told: Exchange) -> Finding:
    because = say("cover.contradicted", label=told.label, answer=answer(told))
    return finding.model_copy(
        update={
            "status": Status.ABSENT,
            "because": str(because),
            "message": because,
            "settle": "",
            "settle_message": None,
            "explains": (),
        }
    )


def _unproven(finding: Finding, role: Role) -> Finding:
    settle = say("cover.unproven", role=str(role))
    return finding.model_copy(
        update={
            "status": Status.SUSPECTED,
            "settle": str(settle),
            "settle_message": settle,
        }
    )


def _unknown(finding: Finding, why: Text) -> Finding:
    because = say("cover.unknown", why=why, because=finding.message or finding.because)
    return finding.model_copy(
        update={
            "status": Status.UNKNOWN,
            "because": str(because),
            "message": because,
            "settle": "",
            "settle_message": None,
            "explains": (),
        }
    )


def _without_inferred(findings: list[Finding]) -> list[Finding]:
    """Drop what is only inferred where measured causes explain all of it."""
    measured = {
        i
        for each in _of(findings, Status.PRESENT)
        if each.basis == "measured"
        for i in each.explains
    }
    return [
        _unknown(each, _EXPLAINED)
        if each.status is Status.PRESENT
        and each.basis == "inferred"
        and measured.issuperset(each.explains)
        else each
        for each in findings
    ]


def _if_needed(
    finding: Finding, explained: set[ObservationId], present: Sequence[Finding]
) -> Finding:
    """Keep a suspicion only where it says more than what is known already."""
    if finding.status is not Status.SUSPECTED or not present:
        return finding
    # A suspicion whose nearest look-alike is present says how to tell the two apart.
    apart = finding.look_alike in {each.cause for each in present}
    told = explained >= set(finding.explains) and not apart
    return _unknown(finding, _EXPLAINED) if told else finding


@dataclass(frozen=True)
class _Order:
    """What leads: see `key`."""

    case: Case
    known: Mapping[ObservationId, Observation]
    catalogue: Mapping[CauseId, Cause]

    def key(
        self, finding: Finding
    ) -> tuple[bool, int, int, int, int, int, int, int, str]:
        """Return the place of a finding among others; smaller stands first.

        What only a text's wording says stands last. What blocks stands before what
        loses, and of what blocks the earliest on the way first. Then the half of the
        error that was pasted, natural before self-made, measured before inferred, the
        earlier phase, specific before generic, the id.
        """
        seen = [self.known[i] for i in finding.explains]
        heaviest = min((o.weight.rank for o in seen), default=len(Weight))
        own = [o for o in seen if o.weight.rank == heaviest]
        phase = min((o.phase.rank for o in own), default=0)
        blocks = heaviest == Weight.BLOCKING.rank
        return (
            finding.basis == "wording",
            heaviest,
            phase if blocks else 0,
            int(not self._pasted(seen)),
            int(not any(o.natural for o in own)),
            _BASES.index(finding.basis),
            phase,
            sum(
                len(c.kinds) * len(c.phases) * (len(c.statuses) or 10)
                for c in self.catalogue[finding.cause].explains
                if any(fits_any((c,), each) for each in seen)
            ),
            finding.cause,
        )

    def _pasted(self, seen: Sequence[Observation]) -> bool:
        """Tell whether one of them belongs to the half that was pasted."""
        halves = set(self.case.signature.halves) | {self.case.signature.half}
        if "exhausted" in halves:
            halves.add("reopen")
        return any(o.phase.half in halves for o in seen if o.phase.half)
