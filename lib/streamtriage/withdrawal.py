"""Taking a verdict back: where this machine fell short, nothing is said of a server."""

from __future__ import annotations

from streamtriage.model import BugEvidence, Failure, Noun, Report, Status
from streamtriage.model.message import say

__all__ = ["doubted", "shortage", "shortage_in", "withdrawn"]

_MACHINE = "this machine"


def shortage(lacks: str) -> BugEvidence:
    """Return the evidence of what this machine lacked, in words."""
    return BugEvidence(
        crashed=_MACHINE, failure=Failure.OWN_SHORTAGE, failure_detail=lacks
    )


def shortage_in(value: object) -> str:
    """Return what this machine lacked in anything that probes saw; "" if nothing."""
    if isinstance(value, tuple):
        return next(filter(None, map(shortage_in, value)), "")
    if not isinstance(value, Noun):
        return ""
    if getattr(value, "failure", None) is Failure.OWN_SHORTAGE:
        return str(getattr(value, "failure_detail", "")) or (
            "This machine ran out of something that a connection needs."
        )
    fields = type(value).model_fields
    return next(filter(None, (shortage_in(getattr(value, f)) for f in fields)), "")


def withdrawn(report: Report) -> Report:
    """Return the report without any finding, if this machine fell short in it.

    What was counted while requests of ours could not leave is no share of anything.
    """
    lacks = next(
        (
            each.failure_detail
            for each in report.evidence
            if isinstance(each, BugEvidence) and each.crashed == _MACHINE
        ),
        "",
    )
    if not lacks:
        return report
    unsaid = {
        "status": Status.UNKNOWN,
        "because": lacks,
        "settle": "",
        "message": None,
        "settle_message": None,
    }
    summary = say("withdrawal.withdrawn", lacks=lacks)
    next_step = say("withdrawal.next-step")
    verdict = {
        "outcome": "tool-fault",
        "causes": (),
        "suspected": (),
        "lead": None,
        "also": (),
        "unexplained": (),
        "impact": "unknown",
        "owner": None,
        "scope": None,
        "summary": str(summary),
        "next_step": str(next_step),
        "messages": report.verdict.messages.model_copy(
            update={"summary": summary, "next_step": next_step}
        ),
    }
    return report.model_copy(
        update={
            "observations": (),
            "findings": tuple(f.model_copy(update=unsaid) for f in report.findings),
            "verdict": report.verdict.model_copy(update=verdict),
        }
    )


def doubted(report: Report) -> Report:
    """Return the report without an all-clear, if its own deadline ended it.

    What was not asked to the end was not seen to work.
    """
    if report.ended_by != "deadline" or not report.verdict.sound:
        return report
    before = report.verdict
    told = before.messages.summary or before.summary
    summary = say("withdrawal.doubted", before=told)
    verdict = {
        "outcome": "could-not-tell",
        "impact": "unknown",
        "summary": str(summary),
        "messages": before.messages.model_copy(update={"summary": summary}),
    }
    return report.model_copy(
        update={"verdict": report.verdict.model_copy(update=verdict)}
    )
