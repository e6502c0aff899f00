"""One cause of the catalogue: what it is, how it is judged, and what mends it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

from pydantic import Field

from streamtriage.causes.impact import known_of_client
from streamtriage.causes.judgement import Judgement, absent, unknown
from streamtriage.knowledge.rows import Fact
from streamtriage.model import (
    Basis,
    CauseId,
    Citation,
    Era,
    Finding,
    Fix,
    Impact,
    Layer,
    Owner,
    ProbeId,
    Scope,
    Status,
)
from streamtriage.model.message import join_sentences, message_of, say
from streamtriage.registry import layer_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtriage.causes.explains import Explains, Predicts
    from streamtriage.knowledge.remedies import RemedyFor
    from streamtriage.observations.case import Case

__all__ = ["ANY", "LEGACY", "Cause", "ComesAndGoes", "Taken", "cause"]

ShownBy: TypeAlias = Literal["wire", "machine"]


@dataclass(frozen=True)
class ComesAndGoes:
    """How a cause comes and goes by itself, and why, as the end of a sentence.

    By lot: each try may meet another process, address or state. Event: it happened at a
    moment, so that its absence now shows nothing until the moment comes again.
    """

    how: Literal["by lot", "event"]
    why: str


class Taken(Fact):
    """A cause known of this error that nothing within our sight tells from another."""

    cause: str
    title: str
    why: Annotated[str, Field(pattern=r"\.$")]


@dataclass(frozen=True)
class Cause:
    """A named root cause and the pure function that judges it.

    `id` comes from the function's name, `title` from its docstring and `layer` from its
    folder. `explains` are the kinds, phases and numbers of what it accounts for;
    `predicts` is what else has to be met if it holds;
    `basis` is what a finding of it rests on: a probe, a table or a log, or only how a
    text is worded. `shown_by` is where it shows: on the wire, or only on the person's
    own machine. `remedies` are the kinds of change that cure it, whose rows are in
    knowledge/fixes.csv. `reported_as` are words of the column `kinds` in
    knowledge/reports.csv and `issues` those of knowledge/issues.csv whose mechanism it
    is, as OWNER/NAME#NUMBER. `taken_for_it` are causes that it stands for.
    """

    id: CauseId
    title: str
    judge: Callable[[Case], Judgement]
    layer: Layer
    owner: Owner
    scope: Scope
    impact: Impact
    eras: tuple[Era, ...]
    look_alike: CauseId
    explains: tuple[Explains, ...] = ()
    predicts: tuple[Predicts, ...] = ()
    basis: Basis = "measured"
    fixes: tuple[Fix, ...] = field(default=())
    citations: tuple[Citation, ...] = field(default=())
    shown_by: ShownBy = "wire"
    remedies: tuple[RemedyFor, ...] = ()
    comes_and_goes: ComesAndGoes | None = None
    reported_as: tuple[str, ...] = ()
    issues: tuple[str, ...] = ()
    taken_for_it: tuple[Taken, ...] = ()

    def find(self, case: Case) -> Finding:
        judged = self._judge(case)
        impact, because = judged.impact or self.impact, judged.because
        known = None
        if judged.status is Status.PRESENT:
            known = known_of_client(self.explains, case)
        if known is not None:
            impact = known.impact or impact
            because = join_sentences((because, known.text))
        return Finding(
            cause=self.id,
            title=self.title,
            status=judged.status,
            because=str(because),
            settle=str(judged.settle),
            message=message_of(because),
            settle_message=message_of(judged.settle),
            owner=judged.owner or self.owner,
            scope=self.scope,
            layer=self.layer,
            impact=impact,
            rests_on=_rests_on(case, judged.rests_on),
            look_alike=self.look_alike,
            fixes=judged.fixes or self.fixes,
            citations=self.citations,
            basis=self.basis,
        )

    def _judge(self, case: Case) -> Judgement:
        era = case.era
        if era == "legacy" and era not in self.eras:
            if case.era_probe is None or case.era_probe.modern is None:
                return unknown(say("cause.no-era"))
            return absent(
                say("cause.not-in-modern"),
                "era",
            )
        if era not in ("unknown", *self.eras):
            return absent(
                say("cause.not-in-legacy"),
                "era",
                "handshake",
            )
        return self.judge(case)


def _rests_on(case: Case, named: tuple[ProbeId, ...]) -> tuple[ProbeId, ...]:
    """Return which probes that ran it rests on; over HTTP+SSE another one holds."""
    held: dict[ProbeId, ProbeId] = {}
    if case.speaks_old:
        held = {"hold": "http-sse", "reopen": "http-sse"}
    names = (held.get(name, name) for name in named)
    return tuple(dict.fromkeys(name for name in names if name in case.ran))


LEGACY: tuple[Era, ...] = ("legacy", "dual")
ANY: tuple[Era, ...] = ("legacy", "dual", "modern")


def cause(  # noqa: PLR0913 - the columns of the catalogue
    *,
    owner: Owner,
    scope: Scope,
    impact: Impact,
    look_alike: CauseId,
    explains: tuple[Explains, ...],
    predicts: tuple[Predicts, ...] = (),
    basis: Basis = "measured",
    eras: tuple[Era, ...] = LEGACY,
    fixes: tuple[Fix, ...] = (),
    citations: tuple[Citation, ...] = (),
    shown_by: ShownBy = "wire",
    remedies: tuple[RemedyFor, ...] = (),
    comes_and_goes: ComesAndGoes | None = None,
    reported_as: tuple[str, ...] = (),
    issues: tuple[str, ...] = (),
    taken_for_it: tuple[Taken, ...] = (),
) -> Callable[[Callable[[Case], Judgement]], Cause]:
    """Make a `Cause` of the function that judges it, in causes/LAYER/NAME.py.

    Raises ImportError where the function does not stand in a file of its own name.
    """

    def make(judge: Callable[[Case], Judgement]) -> Cause:
        title = (judge.__doc__ or "").strip().partition("\n")[0].rstrip(".")
        return Cause(
            id=CauseId(judge.__name__.replace("_", "-")),
            title=title,
            judge=judge,
            layer=layer_of(judge),
            owner=owner,
            scope=scope,
            impact=impact,
            eras=eras,
            look_alike=look_alike,
            explains=explains,
            predicts=predicts,
            basis=basis,
            fixes=fixes,
            citations=citations,
            shown_by=shown_by,
            remedies=remedies,
            comes_and_goes=comes_and_goes,
            reported_as=reported_as,
            issues=issues,
            taken_for_it=taken_for_it,
        )

    return make
