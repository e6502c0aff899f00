"""From evidence to a report, fresh or saved: pure, and without what asks a server."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from streamtriage import __version__
from streamtriage.causes import BY_ID, CAUSES, Case, conclude, judge
from streamtriage.model import PredictedText, Report, Status, Tool
from streamtriage.model.catalogue import publish_judge, publish_words
from streamtriage.wire.reconnect import predict, reproduced_by
from streamtriage.withdrawal import doubted, withdrawn

if TYPE_CHECKING:
    from datetime import datetime

    from streamtriage.model import AskedAs, Evidence, Intake, Signature, Target

__all__ = ["judge_again", "judged", "saved_json"]

_ACCUSED = ("present", "suspected")


def saved_json(report: Report, indent: int | None = None) -> str:
    """Return the text in which a report is written: what can be looked up is left out.

    A finding that accuses has all but its citations; one that rules out has what was
    judged; of a cause that was not judged there is the id, in `not_judged`. Whoever
    reads it as a `Report` gets all of it back.
    """
    data = report.model_dump(mode="json")
    known = [f["cause"] in BY_ID for f in data["findings"]]
    # Findings that were taken back, or are of another catalogue, stay as they are.
    if all(known) and withdrawn(report) is report:
        unjudged = [f["cause"] for f in data["findings"] if f["status"] == "unknown"]
        told = (f for f in data["findings"] if f["status"] != "unknown")
        data["findings"] = list(map(_short, told))
        data["not_judged"] = unjudged
        if unjudged:
            # Whoever completes what was not judged replays what was seen as well.
            data["predicted_text"].pop("message")
        data["observations"] = [_filled(each) for each in data["observations"]]
    separators = None if indent else (",", ":")
    return json.dumps(data, ensure_ascii=False, indent=indent, separators=separators)


def _short(finding: dict[str, Any]) -> dict[str, Any]:
    words = _words()[finding["cause"]]
    accuses = finding["status"] in _ACCUSED
    told = {name: _bare(value) for name, value in finding.items()}
    return {
        name: value
        for name, value in told.items()
        if value not in ("", [], None)
        and (name not in words or words[name] != value or (accuses and name in _TOLD))
    }


def _filled(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if value not in ("", None)}


def _bare(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Return a message without the values that it does not have."""
    if isinstance(value, dict):
        return {k: _bare(v) for k, v in value.items() if k != "values" or v}
    return [_bare(each) for each in value] if isinstance(value, list) else value


# So that whoever reads only the JSON knows what to do about a cause.
_TOLD = ("title", "owner", "scope", "layer", "impact", "fixes")


@cache
def _words() -> dict[str, dict[str, Any]]:
    """Return, for each cause, the fields of a finding that its catalogue entry has."""
    return {
        cause.id: {
            "title": cause.title,
            "owner": cause.owner,
            "scope": cause.scope,
            "layer": cause.layer,
            "impact": cause.impact,
            "look_alike": cause.look_alike,
            "fixes": [each.model_dump(mode="json") for each in cause.fixes],
            "citations": [each.model_dump(mode="json") for each in cause.citations],
            "basis": cause.basis,
        }
        for cause in CAUSES
    }


def _completed(report: Report) -> Report:
    """Judge what a report has only as ids: nothing was measured that decides them."""
    case = Case(report.intake, report.signature, report.evidence, report.asked_as)
    named = set(report.not_judged)
    again = {f.cause: f for f in judge(case).findings if f.cause in named}
    # A later version may judge today what its report says was not.
    unknown = {"status": Status.UNKNOWN}
    found = {f.cause: f for f in report.findings}
    found |= {c: f.model_copy(update=unknown) for c, f in again.items()}
    order = [each.id for each in CAUSES if each.id in found]
    rest = [c for c in found if c not in BY_ID]
    findings = tuple(found[each] for each in (*order, *rest))
    changes: dict[str, object] = {"findings": findings, "not_judged": ()}
    told, predicted = report.predicted_text, _predicted(case)
    if predicted.story == told.story:
        message = {"message": predicted.message}
        changes["predicted_text"] = told.model_copy(update=message)
    return report.model_copy(update=changes)


publish_words(_words)
publish_judge(_completed)


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
