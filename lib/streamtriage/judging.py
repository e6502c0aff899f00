"""From evidence to a report, fresh or saved: pure, and without what asks a server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage import __version__
from streamtriage.causes import Case, conclude, judge
from streamtriage.model import PredictedText, Report, Tool
from streamtriage.wire.reconnect import predict, reproduced_by
from streamtriage.withdrawal import doubted, withdrawn

if TYPE_CHECKING:
    from datetime import datetime

    from streamtriage.model import AskedAs, Evidence, Intake, Signature, Target

__all__ = ["judge_again", "judged"]


def judge_again(report: Report) -> Report:
    """Return the report with findings and verdict computed anew, without a network."""
    found = judged(
        report.intake,
        report.signature,
        report.target,
        report.evidence,
        report.taken_at,
        asked_as=report.asked_as,
        complete=not report.interrupted,
    ).model_copy(
        update={
            "took_s": report.took_s,
            "interrupted": report.interrupted,
            "ended_by": report.ended_by,
            "rehearsal": report.rehearsal,
        }
    )
    return doubted(found)


def judged(  # noqa: PLR0913 - the parts of a report
    intake: Intake,
    signature: Signature,
    target: Target,
    evidence: tuple[Evidence, ...],
    taken_at: datetime,
    *,
    asked_as: AskedAs,
    complete: bool,
) -> Report:
    """Return the report of what probes saw, redacted evidence; no shortage in it."""
    case = Case(intake, signature, evidence, asked_as)
    seen = judge(case)
    predicted = _predicted(case)
    # Its parts have been validated, one by one. To build what validates a whole report,
    # with the evidence of every probe, takes as long as to judge it.
    report = Report.model_construct(
        tool=Tool(version=__version__),
        taken_at=taken_at,
        intake=intake,
        signature=signature,
        target=target,
        asked_as=asked_as,
        era=case.era,
        evidence=evidence,
        findings=seen.findings,
        verdict=conclude(
            case, seen, reproduced=predicted.reproduced, complete=complete
        ),
        predicted_text=predicted,
        observations=seen.observations,
        complete=complete,
    )
    return withdrawn(report)


def _predicted(case: Case) -> PredictedText:
    predicted = predict(
        handshake=case.handshake,
        concurrent=case.concurrent,
        opened=case.opened,
        hold=case.hold,
        reopen=case.reopen,
    )
    names = reproduced_by(case.signature, predicted)
    return predicted.model_copy(update={"reproduced": names})
