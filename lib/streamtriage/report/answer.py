"""The answer in the order of reading: now, cause, owner, first fix, and the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.observed import describe_all
from streamtriage.languages import translate
from streamtriage.languages.request_names import request_name
from streamtriage.model import LocalEvidence, Status
from streamtriage.model.message import tell, told
from streamtriage.phrases import IMPACTS, answer
from streamtriage.redaction import HIDDEN
from streamtriage.report.confidence import confidence, overturned
from streamtriage.report.curl import URL_VARIABLE
from streamtriage.report.document import Bullets, Code, Paragraph, Section
from streamtriage.report.machine_rows import short_facts
from streamtriage.report.request import decisive, steps
from streamtriage.report.story import (
    command,
    fixes,
    for_clients,
    groups,
    last_post,
    leading,
    pasted,
    predictions,
    unmeasured,
)
from streamtriage.wording import title_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streamtriage.model import Finding, Report
    from streamtriage.report.document import Block, Key

__all__ = ["answer_of", "made_of", "matters", "sentence_of"]

_LOGGED_SHOWN = 3


def sentence_of(report: Report) -> str:
    """Return the whole answer in one sentence."""
    lead = leading(report)
    if lead is None:
        return _SENTENCES.get(report.verdict.outcome, "The cause is not known.")
    sure = "present" if lead.status is Status.PRESENT else "suspected"
    return tell(f"report.answer.sentence.{sure}", title=title_of(lead))


_SENTENCES = {
    "healthy": "Nothing wrong was found.",
    "not-reproduced": "The error that was pasted did not come up.",
    "tool-fault": "This tool failed, which says nothing of the server.",
}


def made_of(report: Report) -> tuple[str, ...]:
    """Return when and with what the report was made, a few words each."""
    intake, printed = report.intake, report.signature.client
    named = intake.client or (printed.title if printed is not None else "")
    version = intake.client_version or (printed.version if printed is not None else "")
    client = " ".join(filter(None, (named, version)))
    asked = report.asked_as.rows
    return (
        f"{report.taken_at:%Y-%m-%d %H:%M %Z}".strip(),
        f"{report.tool.name} {report.tool.version}",
        tell("report.answer.made-of", client=client) if client else "client not said",
        tell("report.answer.made-of.asked-as", replace=asked.replace("@", " "))
        if asked
        else "asked as the SDK does",
    )


def matters(report: Report) -> str:
    """Say whether it matters, and how the last POST went, as far as one was sent."""
    impact = report.verdict.impact
    last = last_post(report) if impact in ("degraded", "cosmetic") else None
    if last is None:
        return IMPACTS[impact]
    went = (
        "answered"
        if last.worked
        else tell("report.answer.matters.went", answer=answer(last))
    )
    if not last.answered:
        went = tell("report.answer.matters.went.not-answered", answer=answer(last))
    return tell("report.answer.matters", impacts=IMPACTS[impact], went=went)


def answer_of(report: Report, saved: str = "") -> tuple[Section, ...]:
    """Return the sections; one that has nothing to say is left out.

    `saved` is the file that the report is kept in, where there is one.
    """
    made = tuple(_sections(report, saved))
    return tuple(section for section in made if section.blocks)


def _sections(report: Report, saved: str) -> Iterator[Section]:
    verdict = report.verdict
    yield _said(
        "cut", "What cut the stream", "Cut", told(verdict.messages.cut, verdict.cut)
    )
    yield _said(
        "reopen",
        "What refused the reopening",
        "Reopen",
        told(verdict.messages.reopen, verdict.reopen),
    )
    yield _said("cause", "The cause", "Cause", _cause(report))
    yield _said("owner", "Owner", "Owner", _owner(report))
    yield _said(
        "matters", "Does it matter", "Matters", matters(report), for_clients(verdict)
    )
    yield Section("fix", "What to change first", "First fix", tuple(_fix(report)))
    checked = tuple(_check(report, saved))
    yield Section("check", "How to check it", "Check", checked)
    others = Bullets(tuple(_others(report)))
    yield Section("else", "What else", "Also", (others,) if others.items else ())
    machine = Bullets(tuple(_machine(report)))
    yield Section(
        "machine", "On this machine", "Machine", (machine,) if machine.items else ()
    )
    text = pasted(report) if report.intake.error.strip() else ""
    yield _said("text", "The pasted text", "Text", text)
    gaps = unmeasured(report)
    yield Section(
        "gaps", "What is not known", "Not known", (Bullets(gaps),) if gaps else ()
    )
    sure = (
        confidence(report),
        tell("report.answer.sections.sure", overturned=overturned(report)),
    )
    yield _said("sure", "How sure this is", "Sure", *sure)
    yield Section(
        "request", "The request that decides", "Request", tuple(_request(report))
    )
    yield _said(
        "when",
        "When and with what",
        "When",
        tell("report.answer.when", made=_between(made_of(report))),
    )
    yield Section("logs", "What a client logs for this", "Logs", tuple(_logs(report)))


def _between(parts: Iterable[str]) -> str:
    return "; ".join(map(translate, parts))


def _said(key: Key, title: str, short: str, *texts: str) -> Section:
    return Section(key, title, short, tuple(Paragraph(t) for t in texts if t))


def _cause(report: Report) -> str:
    lead = leading(report)
    if lead is None:
        return tell(
            "report.answer.cause",
            summary=told(report.verdict.messages.summary, report.verdict.summary),
        )
    sure = "" if lead.status is Status.PRESENT else " (suspected, not proven)"
    return f"`{lead.cause}`{translate(sure)}: {told(lead.message, lead.because)}"


def _owner(report: Report) -> str:
    lead = leading(report)
    if lead is None:
        return "nobody has to act" if report.verdict.sound else "not known"
    perhaps = "" if lead.status is Status.PRESENT else "perhaps "
    return tell(
        "report.answer.owner", perhaps=perhaps, owner=lead.owner, scope=lead.scope
    )


def _fix(report: Report) -> Iterator[Block]:
    found = fixes(report)
    if not found:
        yield Paragraph(_no_fix(report))
        return
    _, fix = found[0]
    yield Paragraph(fix.where, "strong")
    yield Paragraph(fix.what)
    if fix.paste:
        yield Code(fix.paste, copy="Copy the change")


def _no_fix(report: Report) -> str:
    if report.verdict.sound:
        return "Nothing: no fault was seen."
    return "Nothing yet: no cause was proven."


def _check(report: Report, saved: str) -> Iterator[Block]:
    found = fixes(report)
    if HIDDEN in report.target.url:
        yield Paragraph(tell("report.answer.check", url_variable=URL_VARIABLE))
    if report.rehearsal:
        # A fault of the lab is named as the cause that it must be judged as.
        again = f"streamtriage rehearse {report.verdict.lead or ''}".rstrip()
        yield Code(again, "console", copy="Copy the command")
    elif found and saved:
        yield Code(f"streamtriage check {saved}", "console", copy="Copy the command")
    else:
        text = command(report, to_check=bool(found))
        yield Code(text, "console", copy="Copy the command")
    if not found:
        step = told(report.verdict.messages.next_step, report.verdict.next_step)
        yield Paragraph(step or "Run the triage again.")
        return
    _, fix = found[0]
    if fix.verify:
        yield Paragraph(
            tell("report.answer.check.must-then-answer-differently", verify=fix.verify)
        )
    else:
        yield Paragraph("Exit code 0 means mended.")


def _others(report: Report) -> Iterator[str]:
    lead = leading(report)
    shown = {lead.cause} if lead is not None else set()
    for group in groups(report):
        if group.status in (Status.PRESENT, Status.SUSPECTED):
            for each in group.findings:
                if each.cause not in shown:
                    yield _other(each)
    if lead is not None and lead.status is Status.SUSPECTED and lead.settle:
        yield tell(
            "report.answer.others", settle=told(lead.settle_message, lead.settle)
        )
    left = set(report.verdict.unexplained)
    seen = [each for each in report.observations if each.id in left]
    if seen:
        yield tell("report.answer.others.not-explained", left=describe_all(seen))
    more = len(fixes(report)) - 1
    if more > 0:
        places = "place" if more == 1 else "places"
        yield tell("report.answer.others.it-can-be-changed", more=more, places=places)


def _other(found: Finding) -> str:
    if found.status is Status.PRESENT:
        return tell(
            "report.answer.other",
            cause=found.cause,
            because=told(found.message, found.because),
        )
    settle = (
        tell(
            "report.answer.other.settle",
            settle=told(found.settle_message, found.settle),
        )
        if found.settle
        else ""
    )
    return tell(
        "report.answer.other.is-suspected",
        cause=found.cause,
        because=told(found.message, found.because),
        settle=settle,
    )


def _machine(report: Report) -> Iterator[str]:
    for each in report.evidence:
        if isinstance(each, LocalEvidence):
            yield from (f"{row.name}: {row.value}" for row in short_facts(each))


def _request(report: Report) -> Iterator[Block]:
    found = decisive(report)
    if found is None:
        return
    label = request_name(found.seen.label) or found.seen.method
    yield Paragraph(f"`{label}`: {answer(found.seen)}")
    yield Code(steps(report, found))


def _logs(report: Report) -> Iterator[Block]:
    """Show the first lines of one client: the one whose lines were pasted, if any."""
    found = predictions(report)
    if not found:
        return
    shown = next((each for each in found if each.reproduced), found[0])
    yield Paragraph(tell("report.answer.logs", client=shown.client))
    yield Code("\n".join(shown.lines[:_LOGGED_SHOWN]))
