"""One cause of the catalogue: what it is, how it is judged, and what mends it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from streamtriage.causes.impact import known_of_client
from streamtriage.model import (
    Basis,
    Citation,
    Era,
    Finding,
    Fix,
    Impact,
    Layer,
    Owner,
    Scope,
    Status,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtriage.causes.explains import Explains
    from streamtriage.observations.case import Case

from streamtriage.causes.judgement import Judgement, absent, unknown
from streamtriage.model.message import join_sentences, message_of, say

__all__ = ["ANY", "LEGACY", "Cause", "cause"]


@dataclass(frozen=True)
class Cause:
    """A named root cause and the pure function that judges it.

    `id` comes from the function's name and `title` from its docstring. `explains` are
    the kinds, phases and numbers of what it accounts for; `basis` is what a finding of
    it rests on: a probe, a table or a log, or only how a text is worded.
    """

    id: str
    title: str
    judge: Callable[[Case], Judgement]
    layer: Layer
    owner: Owner
    scope: Scope
    impact: Impact
    eras: tuple[Era, ...]
    look_alike: str
    explains: tuple[Explains, ...] = ()
    basis: Basis = "measured"
    fixes: tuple[Fix, ...] = field(default=())
    citations: tuple[Citation, ...] = field(default=())

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


def _rests_on(case: Case, named: tuple[str, ...]) -> tuple[str, ...]:
    """Return which probes that ran it rests on; over HTTP+SSE another one holds."""
    held = {"hold": "http-sse", "reopen": "http-sse"} if case.speaks_old else {}
    names = (held.get(name, name) for name in named)
    return tuple(dict.fromkeys(name for name in names if name in case.ran))


LEGACY: tuple[Era, ...] = ("legacy", "dual")


ANY: tuple[Era, ...] = ("legacy", "dual", "modern")


def cause(  # noqa: PLR0913 - the columns of the catalogue
    *,
    layer: Layer,
    owner: Owner,
    scope: Scope,
    impact: Impact,
    look_alike: str,
    explains: tuple[Explains, ...],
    basis: Basis = "measured",
    eras: tuple[Era, ...] = LEGACY,
    fixes: tuple[Fix, ...] = (),
    citations: tuple[Citation, ...] = (),
) -> Callable[[Callable[[Case], Judgement]], Cause]:
    """Make a `Cause` of the function that judges it."""

    def make(judge: Callable[[Case], Judgement]) -> Cause:
        title = (judge.__doc__ or "").strip().partition("\n")[0].rstrip(".")
        name = judge.__name__.replace("_", "-")
        return Cause(
            name,
            title,
            judge,
            layer,
            owner,
            scope,
            impact,
            eras,
            look_alike,
            explains,
            basis,
            fixes,
            citations,
        )

    return make
