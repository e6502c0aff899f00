"""Two reports of one kind of trouble: what differs, what matters, what to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes import Case
from streamtriage.comparison.comparable import comparable
from streamtriage.comparison.differences import (
    Comparison,
    Difference,
    advice,
    filled,
    ranked,
    summary,
)
from streamtriage.comparison.observations import (
    Life,
    life,
    observations,
    standing,
)
from streamtriage.comparison.settings import Setting, Topic, settings
from streamtriage.languages import translate
from streamtriage.model import Finding, Layer, Owner, Report, Status
from streamtriage.model.message import join_sentences, tell
from streamtriage.redaction import inside
from streamtriage.wording import counted, said, spoken_list, title_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from streamtriage.model import Comparable

__all__ = ["UnlikeReportsError", "check_alike", "compare_reports"]

# Which circumstances can bring about what is found on a layer, or lies with an owner.
_BY_LAYER: Mapping[Layer, tuple[Topic, ...]] = {
    "name": ("address",),
    "network": ("address", "machine", "way"),
    "tls": ("tls", "address", "way"),
    "proxy": ("way",),
    "http": ("server", "way", "address"),
    "session": ("server", "way"),
    "stream": ("way", "server"),
    "auth": ("sign-in",),
    "rate": ("sign-in", "address"),
    "version": ("client", "server"),
    "local": ("machine", "client"),
}
_BY_OWNER: Mapping[Owner, tuple[Topic, ...]] = {
    "client": ("client", "machine"),
    "network": ("way", "machine"),
    "proxy": ("way",),
    "server": ("server", "address"),
    "server or a hop before it": ("server", "way"),
    "auth provider": ("sign-in",),
}
_LEADS, _FOUND, _SHOWN, _SEEN = 200, 120, 100, 40
_LAYER_BONUS, _OWNER_BONUS = 40, 25


def compare_reports(
    broken: Report, working: Report, *, same_service: bool = False
) -> Comparison:
    """Rank what differs by how much it bears on what is wrong in `broken`.

    A difference is a lead, not a proof: change one thing, and run the smallest failing
    action again. Both reports are redacted once more. Whether they can be compared at
    all is said first: see `comparable`; sides that look swapped are compared the other
    way round.
    Raises UnlikeReportsError where only one of them is of a rehearsal.
    """
    check_alike(broken, working)
    one, other = inside(broken), inside(working)
    fit = comparable(one, other, same_service=same_service)
    return _Comparing(*((other, one) if fit.swapped else (one, other)), fit).result()


def check_alike(one: Report, other: Report) -> None:
    """Refuse two reports of which only one is of this tool's own server.

    Raises UnlikeReportsError, in words.
    """
    if one.rehearsal != other.rehearsal:
        raise UnlikeReportsError(translate(_UNLIKE))


class UnlikeReportsError(ValueError):
    """What two reports differ in would say nothing about anybody's server."""


_UNLIKE = (
    "One of the two reports is of a rehearsal on this tool's own server, so what they "
    "differ in says nothing about yours. Give two reports of runs against your server."
)


class _Comparing:
    """One comparison while it is made."""

    def __init__(self, broken: Report, working: Report, fit: Comparable) -> None:
        self.broken, self.working, self.fit = broken, working, fit
        self.cases = _case(broken), _case(working)
        self.lead = _lead(broken)
        self.same = 0
        self.missing: list[str] = []

    def result(self) -> Comparison:
        weighed = [
            *self._causes(),
            *self._observed(),
            *self._lives(),
            *self._settings(),
        ]
        found = ranked((weight, self._advised(each)) for weight, each in weighed)
        first = self._first(found)
        return Comparison(
            says=summary(self.fit, self._told(found, first)),
            comparable=self.fit,
            differences=found,
            change_first=first,
            same=self.same,
            notes=tuple(self._notes()),
            not_compared=tuple(self.missing),
        )

    def _advised(self, one: Difference) -> Difference:
        return one if self.fit.is_fit else one.model_copy(update={"change": ""})

    def _causes(self) -> Iterator[tuple[int, Difference]]:
        here, there = standing(self.broken), standing(self.working)
        titles: dict[str, str] = {
            f.cause: title_of(f)
            for f in (*self.working.findings, *self.broken.findings)
        }
        for cause in dict.fromkeys([*here, *there]):
            one, other = here.get(cause), there.get(cause)
            if one is other or not {one, other} & {Status.PRESENT, Status.SUSPECTED}:
                continue
            if one is None or other is None:
                # Nobody could judge it in one of them: a gap, and no difference.
                self.missing.append(translate("Cause {cause}", cause=cause))
                continue
            leads = self.lead is not None and self.lead.cause == cause
            weight = _LEADS if leads else _SEEN if one is Status.ABSENT else _FOUND
            yield (
                weight,
                Difference(
                    what=translate("Cause {cause}", cause=cause),
                    broken=translate(str(one)),
                    working=translate(str(other)),
                    rank=0,
                    kind="cause",
                    why=translate("{title}.", title=titles[cause]),
                ),
            )

    def _observed(self) -> Iterator[tuple[int, Difference]]:
        here, there = map(observations, self.cases)
        rests_on = self.lead.rests_on if self.lead else ()
        # What differs in the same way in several requests is one fact.
        alike: dict[tuple[str, str, int, str], list[str]] = {}
        for name in self._both(here, there):
            one, other = here[name], there[name]
            if one.value == other.value:
                self.same += 1
                continue
            bears = one.probe in rests_on
            weight = _SHOWN if bears else _SEEN
            why = (
                translate("The cause that leads the verdict rests on this.")
                if bears
                else translate(
                    "Seen by the probe {probe}: what followed, no setting.",
                    probe=one.probe,
                )
            )
            alike.setdefault((one.value, other.value, weight, why), []).append(name)
        for (broken, working, weight, why), names in alike.items():
            yield (
                weight,
                Difference(
                    what=spoken_list(names),
                    broken=broken,
                    working=working,
                    rank=0,
                    why=why,
                ),
            )

    def _lives(self) -> Iterator[tuple[int, Difference]]:
        one, other = map(life, self.cases)
        name = translate("Life of a silent stream")
        if one is None or other is None:
            self.missing += [name] if one or other else []
            return
        differs = one.differs(other)
        if differs is None:
            self.missing.append(
                translate("{name} (one was not watched for as long)", name=name)
            )
        elif not differs:
            self.same += 1
        else:
            yield (
                self._life_weight(one),
                Difference(
                    what=name,
                    broken=one.says,
                    working=other.says,
                    rank=0,
                    why=translate(
                        "What cuts a stream acts on the one way and not on the other."
                    ),
                ),
            )

    def _life_weight(self, one: Life) -> int:
        rests = self.lead.rests_on if self.lead else ()
        return _SHOWN if "hold" in rests or one.ends else _SEEN

    def _settings(self) -> Iterator[tuple[int, Difference]]:
        pairs = zip((self.broken, self.working), self.cases, strict=True)
        here, there = (settings(report, case) for report, case in pairs)
        for name in self._both(here, there):
            one, other = here[name], there[name]
            if one.value == other.value:
                self.same += 1
                continue
            yield (
                one.weight + self._bonus(one),
                Difference(
                    what=name,
                    broken=one.value,
                    working=other.value,
                    rank=0,
                    kind="setting",
                    why=one.why,
                    change=filled(one.change_to(other), one.value, other.value),
                ),
            )

    def _bonus(self, setting: Setting) -> int:
        if self.lead is None:
            return 0
        layered = setting.topic in _BY_LAYER[self.lead.layer]
        owned = setting.topic in _BY_OWNER[self.lead.owner]
        return _LAYER_BONUS * layered + _OWNER_BONUS * owned

    def _both(
        self, here: Mapping[str, object], there: Mapping[str, object]
    ) -> tuple[str, ...]:
        """Return the names that both have; the others are no difference, but a gap."""
        self.missing += [
            n for n in dict.fromkeys([*here, *there]) if not _in(n, here, there)
        ]
        return tuple(name for name in here if name in there)

    def _first(self, found: tuple[Difference, ...]) -> str:
        """Return the one change to try: the circumstance that bears most on it."""
        if not self.fit.is_fit:
            return ""
        setting = next((each for each in found if each.change), None)
        if setting is not None:
            return advice(setting.what, setting.change)
        fix = next(iter(self.lead.fixes), None) if self.lead else None
        if fix is not None and found:
            return advice(translate(fix.where), translate(fix.what))
        return ""

    def _told(self, found: tuple[Difference, ...], first: str) -> str:
        if not found:
            return translate(
                "The two reports do not differ in anything that both found out."
            )
        top = found[0]
        lead = tell(
            "comparison.reports",
            n=len(found),
            what=top.what,
            broken=top.broken,
            working=top.working,
        )
        if not first:
            alone = translate("None of it can be changed by hand.")
            return said(join_sentences((lead, alone)))
        how = translate("Change one thing only, and this first: {change}", change=first)
        return said(join_sentences((lead, how)))

    def _notes(self) -> Iterator[str]:
        if self.broken.rehearsal:
            yield translate("Both are rehearsals: nothing here is about your server.")
        if self.fit.is_fit and self.working.verdict.causes:
            named = ", ".join(self.working.verdict.causes)
            yield (
                translate(
                    "The working side has a cause of its own that harms nobody "
                    "({named}).",
                    named=named,
                )
            )
        apart = abs(self.broken.taken_at - self.working.taken_at)
        if apart.days:
            days = counted(apart.days, "day")
            yield translate(
                "They were taken {days} apart: what changed since is not in them.",
                days=days,
            )
        holds = self.broken.intake.hold_s, self.working.intake.hold_s
        if holds[0] != holds[1]:
            yield (
                translate(
                    "The failing side was to be watched for {failing_s:g} s, the "
                    "working one for {working_s:g} s: limits in between show on "
                    "one side only.",
                    failing_s=holds[0],
                    working_s=holds[1],
                )
            )
        sides = (
            (translate("failing"), self.broken),
            (translate("working"), self.working),
        )
        for name, report in sides:
            if report.interrupted:
                yield translate(
                    "The {name} run was interrupted, so less of it can be compared.",
                    name=name,
                )
        if self.broken.schema_version != self.working.schema_version:
            yield translate(
                "The reports are of different formats, so some facts have no pendant."
            )


def _in(name: str, here: Mapping[str, object], there: Mapping[str, object]) -> bool:
    return name in here and name in there


def _case(report: Report) -> Case:
    return Case(report.intake, report.signature, report.evidence, report.asked_as)


def _lead(report: Report) -> Finding | None:
    """Return the finding that leads the verdict, or the first suspicion."""
    names = (*report.verdict.causes, *report.verdict.suspected)
    by_name = {finding.cause: finding for finding in report.findings}
    return next((by_name[name] for name in names if name in by_name), None)
