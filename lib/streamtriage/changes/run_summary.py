"""What one run saw, reduced to what two runs can be asked for alike."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from pydantic import Field

from streamtriage.causes import Case
from streamtriage.comparison import circumstances, observed, standing
from streamtriage.judging import judge_again
from streamtriage.languages import speaking
from streamtriage.model import CauseId, Noun, Outcome, Status
from streamtriage.model.message import Message
from streamtriage.probes import PROBES, chosen
from streamtriage.redaction import inside

if TYPE_CHECKING:
    from collections.abc import Collection

    from streamtriage.model import Finding, Report
    from streamtriage.model.message import Text

__all__ = ["Sight", "lead", "narrowed", "sight_of"]


class Sight(Noun):
    """One run: its statuses, what was observed, and under which circumstances.

    A cause that was not judged has no status here: unknown is no change. `because`
    has the sentences of the causes that are present or suspected; `messages` and
    `summary_message` say the same in any language.
    """

    taken_at: datetime
    tool_version: str
    outcome: Outcome
    summary: str
    summary_message: Message | None = None
    statuses: dict[CauseId, Status]
    because: dict[str, str]
    messages: dict[str, Message] = Field(default_factory=dict)
    observations: dict[str, str]
    settings: dict[str, str]
    interrupted: bool = False

    @property
    def said(self) -> Text:
        """The summary, to be said in any language where it was kept so."""
        return self.summary_message or self.summary

    def status(self, cause: CauseId) -> Status:
        return self.statuses.get(cause, Status.UNKNOWN)


def sight_of(report: Report) -> Sight:
    """Return what a report's run saw, redacted once more.

    In English, whatever is spoken: it is kept, and compared with what is seen later.
    """
    with speaking("en"):
        return _seen(inside(report))


def _seen(report: Report) -> Sight:
    case = Case(report.intake, report.signature, report.evidence, report.asked_as)
    shown = (Status.PRESENT, Status.SUSPECTED)
    return Sight(
        taken_at=report.taken_at,
        tool_version=report.tool.version,
        outcome=report.verdict.outcome,
        summary=report.verdict.summary,
        summary_message=report.verdict.messages.summary,
        statuses=standing(report),
        because={f.cause: f.because for f in report.findings if f.status in shown},
        messages={
            f.cause: f.message
            for f in report.findings
            if f.status in shown and f.message is not None
        },
        observations=observed(case),
        settings=circumstances(report, case),
        interrupted=report.interrupted,
    )


def narrowed(report: Report, probes: Collection[str]) -> Report:
    """Return the report as if only these probes had run, judged anew.

    So that a whole run before a change is compared with a small one after it.
    """
    names = {name for name in probes if name != "local"}
    kept: set[str] = {probe.name for probe in chosen(PROBES, names or ("reach",))}
    kept |= {"local"} & set(probes)
    part = tuple(each for each in report.evidence if each.probe in kept)
    return judge_again(report.model_copy(update={"evidence": part}))


def lead(report: Report) -> Finding | None:
    """Return the finding that leads the verdict, or else the first suspicion."""
    names = (*report.verdict.causes, *report.verdict.suspected)
    by_name = {finding.cause: finding for finding in report.findings}
    return next((by_name[name] for name in names if name in by_name), None)
