"""From evidence to a report, fresh or saved: pure, and without what asks a server."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from streamtriage import __version__
from streamtriage.causes import BY_ID, CAUSES, Case, conclude, judge
from streamtriage.model import (
    CauseId,
    Noun,
    PredictedText,
    Report,
    Status,
    Tool,
    Verdict,
)
from streamtriage.model.catalogue import (
    EVERY_OTHER,
    publish_judge,
    publish_words,
    publish_writer,
    saved_json,
)
from streamtriage.redaction import has_passed, vouch
from streamtriage.reference_client.predict import predict, reproduced_by
from streamtriage.withdrawal import doubted, withdrawn

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from streamtriage.model import (
        AskedAs,
        Evidence,
        Finding,
        Intake,
        Signature,
        Target,
        VerdictMessages,
    )

__all__ = ["judge_again", "judged", "saved_json"]

_ACCUSED = ("present", "suspected")


def _saved(report: Report) -> dict[str, Any]:
    """Return what is written of a report: what can be looked up is left out.

    A finding that accuses has all but its citations; one that rules out has its
    sentence, of which the fields are judged again from the evidence when it is read; of
    causes that were not judged there is only that they were not. A value that is empty,
    and is so by default, is left out. Whoever reads it as a `Report` gets all of it.
    """
    data: dict[str, Any] = _lean(report, report.model_dump(mode="json"))
    if _as_judged_here(report):
        data["findings"] = [
            _short(finding.status, kept)
            for finding, kept in zip(report.findings, data["findings"], strict=True)
            if finding.status is not Status.UNKNOWN
        ]
        data["not_judged"] = [EVERY_OTHER]
        data["verdict"]["messages"] = _untold(report.verdict)
        # Whoever completes what was not judged replays what was seen as well.
        data.get("predicted_text", {}).pop("message", None)
    return data


def _as_judged_here(report: Report) -> bool:
    """Whether reading it would judge it as it was: if not, it is written whole.

    Findings that were taken back, or are of another version, stay as they are.
    """
    return (
        report.tool.version == __version__
        and {each.cause for each in report.findings} == BY_ID.keys()
        and all(each.message is not None for each in report.findings)
        and withdrawn(report) is report
    )


def _short(status: Status, finding: dict[str, Any]) -> dict[str, Any]:
    if status is Status.ABSENT:
        names: tuple[str, ...] = ("cause", "status", "because", "settle")
        return {name: finding[name] for name in names if finding.get(name)}
    words = _words()[finding["cause"]]
    return {
        name: value
        for name, value in finding.items()
        if name not in _FIELDS
        and (name not in words or words[name] != value or name in _TOLD)
    }


def _untold(verdict: Verdict) -> dict[str, Any]:
    """Return the messages that are not what the texts of the verdict say."""
    texts = {name: getattr(verdict, name) for name in _MESSAGES}
    kept = {name: getattr(verdict.messages, name) for name in _MESSAGES}
    return {
        name: message.model_dump(mode="json")
        for name, message in kept.items()
        if message is not None and str(message) != texts[name]
    }


# What programs that know the published form look at is there, even where it is empty.
_KEPT: dict[type[Noun], frozenset[str]] = {
    Report: frozenset(Report.model_fields) - {"ended_by", "took_s"},
    Verdict: frozenset({"causes", "suspected", "lead", "owner", "scope"}),
}


def _lean(value: object, dumped: Any) -> Any:  # noqa: ANN401 - JSON
    """Return what was dumped of a value, without what is empty by default."""
    if isinstance(value, Noun):
        kind = type(value)
        empty = _empty_by_default(kind)
        return {
            name: _lean(getattr(value, name), each)
            for name, each in dumped.items()
            if each or name not in empty or each != empty[name]
        }
    if isinstance(value, tuple):
        return [_lean(one, each) for one, each in zip(value, dumped, strict=True)]
    if isinstance(value, dict):
        return {name: _lean(value[name], each) for name, each in dumped.items()}
    return dumped


@cache
def _empty_by_default(kind: type[Noun]) -> Mapping[str, Any]:
    """Return the fields of a record that are empty by default, and how that looks.

    A default that says something is written: a later version may have another one.
    """
    found = {
        name: field.get_default(call_default_factory=True)
        for name, field in kind.model_fields.items()
        if not field.is_required() and name not in _KEPT.get(kind, ())
    }
    return {
        name: [] if default == () else default
        for name, default in found.items()
        if not default and not isinstance(default, Noun)
    }


# So that whoever reads only the JSON knows what to do about a cause.
_TOLD = ("title", "owner", "scope", "layer", "impact", "fixes")
# The same as what is said in English; they are judged again with it.
_FIELDS = ("message", "settle_message")
_MESSAGES = ("cut", "reopen", "summary", "next_step")


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
    """Judge what a report has only in short: the evidence is all there."""
    again = judged(
        report.intake,
        report.signature,
        report.target,
        report.evidence,
        report.taken_at,
        asked_as=report.asked_as,
        complete=report.complete,
    )
    anew = {f.cause: f for f in again.findings}
    found = {f.cause: _whole(f, anew.get(f.cause)) for f in report.findings}
    named = {CauseId(name) for name in report.not_judged}
    rest = (
        anew.keys() - found if EVERY_OTHER in report.not_judged else named & anew.keys()
    )
    # A later version may judge today what its report says was not.
    unknown = {"status": Status.UNKNOWN}
    found |= {cause: anew[cause].model_copy(update=unknown) for cause in rest}
    order = [each.id for each in CAUSES if each.id in found]
    strange = [cause for cause in found if cause not in BY_ID]
    told = _told_again(report.verdict, again.verdict)
    changes: dict[str, object] = {
        "findings": tuple(found[each] for each in (*order, *strange)),
        "not_judged": (),
        "verdict": report.verdict.model_copy(update={"messages": told}),
    }
    known, predicted = report.predicted_text, again.predicted_text
    if predicted.story == known.story:
        message = {"message": predicted.message}
        changes["predicted_text"] = known.model_copy(update=message)
    return report.model_copy(update=changes)


def _whole(finding: Finding, again: Finding | None) -> Finding:
    """Return a finding with its fields, if it is judged today as it was."""
    if again is None or finding.message is not None:
        return finding
    then = finding.status, finding.because, finding.settle
    return again if then == (again.status, again.because, again.settle) else finding


def _told_again(verdict: Verdict, again: Verdict) -> VerdictMessages:
    """Return the messages of a verdict's texts, as far as it says today what it did."""
    same = {
        name: getattr(again.messages, name)
        for name in _MESSAGES
        if getattr(verdict.messages, name) is None
        and getattr(verdict, name) == getattr(again, name)
    }
    return verdict.messages.model_copy(update=same)


publish_words(_words)
publish_judge(_completed)
publish_writer(_saved)


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
    again = doubted(found)
    # Made of what had passed the wall, and of this tool's own words.
    return vouch(again).shown if has_passed(report) else again


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
