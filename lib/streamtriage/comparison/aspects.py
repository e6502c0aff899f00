"""One source held against one case: in what it was compared, and what that came to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from streamtriage.causes import Case
from streamtriage.comparison.observations import life, standing
from streamtriage.knowledge.versions import version_of
from streamtriage.languages import translate
from streamtriage.model import CauseId, FingerprintEvidence, Noun, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtriage.model import Report

__all__ = [
    "Answer",
    "Aspect",
    "Mine",
    "Resemblance",
    "aspect",
    "concluded",
    "mechanism",
]

Answer = Literal["match", "no match", "unknown"]


class Aspect(Noun):
    """One thing in which a source and this case were compared."""

    what: str
    answer: Answer
    because: str


class Resemblance(Noun):
    """One source, whether it is the same thing, and what decides that.

    A source matches only if nothing speaks against it and nothing that it turns on is
    unknown.
    """

    source: str
    about: str
    answer: Answer
    because: str
    helped: str = ""
    aspects: tuple[Aspect, ...] = ()


class Mine:
    """The facts of one report that sources are held against."""

    def __init__(self, report: Report) -> None:
        case = Case(report.intake, report.signature, report.evidence, report.asked_as)
        self.statuses = standing(report)
        self.life = life(case)
        self.idle_s = case.left_alone.idle_s if case.left_alone else 0.0
        self.client = report.intake.client.lower()
        words = f"{report.intake.client} {report.intake.client_version}"
        self.version = ".".join(map(str, version_of(words)))
        self.runtime = report.signature.runtime.partition("-")[0]
        self.error = report.intake.error.lower()
        traces = [e for e in report.evidence if isinstance(e, FingerprintEvidence)]
        self.hops = tuple(hop.name for each in traces for hop in each.hops)


_WEAKEST: tuple[Answer, ...] = ("no match", "unknown", "match")


def concluded(
    source: str, about: str, helped: str, aspects: Iterable[Aspect]
) -> Resemblance:
    """Fold the aspects: what speaks against decides, then what is not known."""
    found = tuple(aspects)
    answers = {each.answer for each in found}
    answer: Answer = next((one for one in _WEAKEST if one in answers), "unknown")
    told = [each.because for each in found if each.answer == answer]
    return Resemblance(
        source=source,
        about=about,
        answer=answer,
        because=" ".join(told),
        helped=helped,
        aspects=found,
    )


def mechanism(causes: tuple[CauseId, ...], mine: Mine) -> Aspect:
    """Compare by what was judged here: one of several causes is enough."""
    known = {cause: mine.statuses.get(cause) for cause in causes}
    here = [cause for cause, status in known.items() if status is Status.PRESENT]
    if here:
        return aspect(
            "mechanism",
            "match",
            translate("`{here}` is present here too.", here=here[0]),
        )
    maybe = [cause for cause, status in known.items() if status is Status.SUSPECTED]
    if maybe:
        return aspect(
            "mechanism",
            "unknown",
            translate("`{maybe}` is only suspected here.", maybe=maybe[0]),
        )
    unjudged = [cause for cause, status in known.items() if status is None]
    if unjudged:
        return aspect(
            "mechanism",
            "unknown",
            translate("`{unjudged}` was not judged here.", unjudged=unjudged[0]),
        )
    return aspect(
        "mechanism",
        "no match",
        translate("`{causes}` was ruled out here.", causes=causes[0]),
    )


def aspect(what: str, answer: Answer, because: str) -> Aspect:
    """Return one aspect."""
    return Aspect(what=what, answer=answer, because=because)
