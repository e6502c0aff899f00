"""How far a triage is, step by step: what works, what does not, what was not asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from streamtriage.languages import translate
from streamtriage.model import End
from streamtriage.model.message import tell
from streamtriage.model.observation import Kind, Phase
from streamtriage.phrases import ENDS, FAILURES, duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model import Evidence, Report
    from streamtriage.model.observation import Observation
    from streamtriage.report.document import Mark

__all__ = ["STEP_NAMES", "Step", "steps_of"]


class _Asked(NamedTuple):
    """One step of a client's way: the probes that take it, and where it may fail."""

    name: str
    probes: tuple[str, ...]
    phases: tuple[Phase, ...]


_STEPS = (
    _Asked(
        "reached",
        ("reach",),
        (Phase.NAME, Phase.NETWORK, Phase.TLS, Phase.PROXY, Phase.REDIRECT),
    ),
    _Asked("session", ("handshake",), (Phase.GREET, Phase.NOTIFY, Phase.SESSION)),
    _Asked("requests", ("concurrent", "handshake"), (Phase.POST,)),
    _Asked("stream opens", ("open",), (Phase.OPEN,)),
    _Asked("opens again", ("reopen",), (Phase.REOPEN, Phase.RESUME)),
    _Asked(
        "stays open",
        ("hold", "http-sse", "listen"),
        (Phase.HELD, Phase.LISTEN, Phase.END),
    ),
)


_BRACKETS = re.compile(r" ?[(\uff08].*")
STEP_NAMES = tuple(each.name for each in _STEPS)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: ✓ nothing that weighs was seen, ✗ something was, – it was not asked.

    Without a mark it is not known yet. `says` is the number or word that tells most.
    """

    mark: Mark
    name: str
    says: str = ""

    @property
    def line(self) -> str:
        """The step in a few words."""
        name, says = translate(self.name), translate(self.says)
        told = translate("{name}: {says}", name=name, says=says) if says else name
        return f"{self.mark or '…'} {told}"


def steps_of(report: Report | None, *, over: bool = False) -> tuple[Step, ...]:
    """Return the steps as far as they were taken.

    While a run goes on, those behind the first that is not known are left out; once it
    is `over`, what was not asked is said.
    """
    steps = tuple(_steps(report, over=over))
    if over:
        return steps
    known = [place for place, step in enumerate(steps) if step.mark]
    return steps[: known[-1] + 1] if known else ()


def _steps(report: Report | None, *, over: bool) -> Iterator[Step]:
    if report is None:
        return
    weighing = [each for each in report.observations if each.weight.counts]
    for asked in _STEPS:
        wrong = [each for each in weighing if each.phase in asked.phases]
        if wrong:
            first = min(wrong, key=lambda each: (each.weight.rank, each.at_s))
            yield Step("✗", asked.name, _word(first))
            continue
        seen = [each for each in report.evidence if each.probe in asked.probes]
        yield _taken(asked.name, seen, over=over)


def _taken(name: str, seen: list[Evidence], *, over: bool) -> Step:
    done = [each for each in seen if not each.skipped]
    if any(each.failure for each in done):
        failure = next(each.failure for each in done if each.failure)
        return Step("✗", name, FAILURES[failure] if failure else "")
    if done:
        return Step("✓", name)
    return Step("–" if over or seen else "", name)


def _word(seen: Observation) -> str:
    if seen.kind in (Kind.CUT, Kind.FLAP):
        whole = translate(ENDS[seen.end or End.CLOSED])
        # What stands in brackets is for who looks closer.
        ended = _BRACKETS.sub("", whole)
        after = duration(seen.after_s)
        return tell("report.steps.ended", ended=ended, after=after)
    if seen.failure is not None:
        return FAILURES[seen.failure]
    return str(seen.status) if seen.status is not None else seen.kind.value
