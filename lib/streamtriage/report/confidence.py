"""How sure a verdict is, by what kind of evidence carries it, and what undoes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.changes.intermittent import comes_and_goes
from streamtriage.languages import translate
from streamtriage.model import Finding, Report, Status
from streamtriage.model.message import join_sentences, tell, told
from streamtriage.report.probes import question
from streamtriage.report.story import leading
from streamtriage.wording import said, spoken_list

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["confidence", "overturned"]

# What nothing was sent for: read on the person's machine, or concluded from the rest.
_NOT_OF_THE_WIRE = ("local", "fingerprint", "")


def confidence(report: Report) -> str:
    """Say how sure the verdict is, and which kind of evidence makes it so.

    Reproduced text is the strongest, then what several probes saw on the wire, then
    one, then what was only read in logs and settings; a suspicion is none of these.
    """
    verdict = report.verdict
    if verdict.outcome == "tool-fault":
        return "None: this tool failed."
    found = leading(report)
    if found is None:
        return "As far as was measured." if verdict.sound else "Not at all."
    if found.status is Status.SUSPECTED:
        return "Low: what was seen fits, but the test that would prove it was not made."
    grade, because = _carried(report, found)
    graded = tell("report.confidence.graded", grade=grade, because=because)
    return said(join_sentences((graded, _but(report, found))))


def overturned(report: Report) -> str:
    """Say what would change the verdict: a test, a look-alike, or a longer watch."""
    parts = _overturned(report, leading(report))
    return said(join_sentences([translate(each) for each in parts]))


def _overturned(report: Report, found: Finding | None) -> Iterator[str]:
    if found is None:
        if report.verdict.sound:
            yield "A failure that comes up later, or only from where your client runs."
        elif report.verdict.next_step:
            yield tell(
                "report.confidence.overturned",
                next_step=told(
                    report.verdict.messages.next_step, report.verdict.next_step
                ),
            )
        return
    if found.status is Status.SUSPECTED:
        yield tell(
            "report.confidence.overturned.the-test-that-settles",
            settle=told(found.settle_message, found.settle) or "run the triage again.",
        )
    else:
        names = [f"“{translate(question(probe))}”" for probe in found.rests_on[:2]]
        asked = spoken_list(names, either=True) if names else ""
        yield (
            tell("report.confidence.overturned.another-answer-to", asked=asked)
            if asked
            else "Another run's answers."
        )
    like = next((f for f in report.findings if f.cause == found.look_alike), None)
    if like is not None:
        yield _look_alike(like)
    if _stands_for_other(report):
        yield (
            "The pasted text stands for an answer that did not come up: a run while it "
            "is printed may name another cause."
        )


def _look_alike(like: Finding) -> str:
    named = tell("report.confidence.look-alike.named", cause=like.cause)
    if like.status is Status.ABSENT:
        return tell(
            "report.confidence.look-alike",
            named=named,
            because=told(like.message, like.because),
        )
    if like.status is Status.UNKNOWN:
        return tell(
            "report.confidence.look-alike.which-was-not-judged",
            named=named,
            because=told(like.message, like.because),
        )
    return tell(
        "report.confidence.look-alike.which-is-too", named=named, status=like.status
    )


def _carried(report: Report, found: Finding) -> tuple[str, str]:
    """Return the grade, and the kind of evidence that carries the finding."""
    wire = [probe for probe in found.rests_on if probe not in _NOT_OF_THE_WIRE]
    if report.verdict.reproduced:
        text = "exactly what a client prints for what was measured is what was pasted"
        return "High", tell("report.confidence.carried", text=text)
    if len(wire) > 1:
        names = spoken_list([f"`{probe}`" for probe in wire])
        return "High", tell("report.confidence.carried.seen-on-the-wire", names=names)
    if wire:
        also = ", and in this machine's logs" if "local" in found.rests_on else ""
        return "Good", tell(
            "report.confidence.carried.seen-on-the-wire-by-the-2",
            wire=wire[0],
            also=also,
        )
    if "local" in found.rests_on:
        return "Medium", (
            "read in this machine's logs or settings, and not seen on the wire"
        )
    return "Medium", "concluded from the other probes"


def _but(report: Report, found: Finding) -> str:
    doubts = []
    known = comes_and_goes(found.cause)
    if known is not None:
        doubts.append(tell("report.confidence.but", intermittent=known.why))
    if report.interrupted:
        doubts.append("the run was interrupted")
    if _stands_for_other(report):
        doubts.append("the pasted text stands for another answer")
    return (
        tell(
            "report.confidence.but.but",
            doubts=spoken_list([translate(each) for each in doubts]),
        )
        if doubts
        else ""
    )


def _stands_for_other(report: Report) -> bool:
    pasted = set(report.signature.statuses) if report.signature.is_this_error else set()
    seen = {x.status for each in report.evidence for x in each.exchanges}
    return bool(pasted) and not pasted & seen
