"""A report as one document: the answer first, and all that it rests on behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.languages import translate
from streamtriage.letting_in import checked
from streamtriage.model import Status
from streamtriage.model.message import tell, told
from streamtriage.phrases import count
from streamtriage.report.answer import answer_of, made_of, sentence_of
from streamtriage.report.curl import curl
from streamtriage.report.document import (
    Code,
    Document,
    Fold,
    Heading,
    Paragraph,
    Sources,
    Table,
    facts_table,
)
from streamtriage.report.localised import localised
from streamtriage.report.story import (
    about,
    command,
    fixes,
    groups,
    headline,
    leading,
    notes,
    predictions,
    verify,
)
from streamtriage.wording import title_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streamtriage.charts import Picture
    from streamtriage.model import Finding, Fix, Report
    from streamtriage.report.document import Block, Cell
    from streamtriage.report.story import Group

__all__ = ["document_of", "finding_blocks", "fix_blocks"]

# Colour repeats the word beside it, and the mark says it a third time.
_MARKS = {
    Status.PRESENT: "✗",
    Status.SUSPECTED: "?",
    Status.UNKNOWN: "…",
    Status.ABSENT: "✓",
}


def document_of(
    report: Report,
    *,
    saved: str = "",
    remarks: Iterable[str] = (),
    answer_alone: bool = False,
) -> Document:
    """Return all that there is to say of a report, redacted once more.

    `saved` is the file that the report is kept in; `remarks` come before its own notes.
    `answer_alone` leaves out the details and the picture, for whom has no room.
    """
    report = checked(report)
    outcome = translate(headline(report.verdict))
    if report.rehearsal:
        outcome = tell("report.sections.rehearsal", outcome=outcome)
    document = Document(
        outcome=report.verdict.outcome,
        title="Stream triage",
        address=report.target.url,
        headline=outcome,
        sentence=sentence_of(report),
        made=made_of(report),
        notes=(*remarks, *notes(report)),
        answer=answer_of(report, saved),
        details=() if answer_alone else tuple(_details(report)),
        picture=None if answer_alone else next(iter(_pictures(report)), None),
    )
    return localised(document)


def _pictures(report: Report) -> tuple[Picture, ...]:
    # What draws takes as long to import as all else that the terminal needs.
    from streamtriage.charts import verdict_pictures  # noqa: PLC0415

    return verdict_pictures(report)


def _details(report: Report) -> Iterator[Fold]:
    others = fixes(report)[1:]
    if others:
        title = tell("report.sections.details.title", n_others=len(others))
        yield Fold(title, fix_blocks(others))
    yield Fold("Causes, judged", finding_blocks(groups(report)) or _NONE_JUDGED)
    # Likewise: it draws what each probe saw.
    from streamtriage.report.seen import probe_folds  # noqa: PLC0415

    probes = tuple(probe_folds(report))
    yield Fold("What was seen, probe by probe", probes)
    logs = tuple(_logs(report))
    if logs:
        yield Fold("What clients log for this", logs)
    if report.intake.error.strip():
        text = (Code(report.intake.error), Paragraph(report.signature.means))
        yield Fold("What was pasted", text)
    yield Fold("What was measured", tuple(_measured(report)))


_NONE_JUDGED = (Paragraph("No cause was judged."),)


def fix_blocks(found: Iterable[tuple[Finding, Fix]]) -> tuple[Block, ...]:
    """Return changes as text to paste, each with how to see that it worked."""
    return tuple(block for each in found for block in _fix_blocks(*each))


def _fix_blocks(finding: Finding, fix: Fix) -> Iterator[Block]:
    yield Paragraph(
        tell("report.sections.fix-blocks", where=fix.where, cause=finding.cause),
        "strong",
    )
    yield Paragraph(fix.what)
    if fix.paste:
        yield Code(fix.paste, copy="Copy the change")
    yield Paragraph(
        tell("report.sections.fix-blocks.to-verify", verify=verify(fix)), "quiet"
    )


def finding_blocks(found: Iterable[Group]) -> tuple[Block, ...]:
    """Return all findings, a table a status; what nobody acts on is folded."""
    return tuple(_group(group) for group in found)


def _group(group: Group) -> Block:
    title = f"{_MARKS[group.status]} {translate(group.title)}"
    caption = f"{title}: {count(len(group.findings), 'cause')}"
    if group.status in (Status.ABSENT, Status.UNKNOWN):
        short = tuple(
            (f"`{f.cause}`", told(f.message, f.because)) for f in group.findings
        )
        columns = ("Cause", "What was seen")
        return Fold(caption, (Table(caption, columns, short, "short"),))
    named = ("Cause", "What was seen", "Whose", "Sources", "What would settle it")
    # Only what is suspected has something left to settle.
    wide = len(named) - (not any(finding.settle for finding in group.findings))
    rows = tuple(_cells(finding)[:wide] for finding in group.findings)
    return Table(caption, named[:wide], rows, f"findings {group.status}")


def _cells(finding: Finding) -> tuple[Cell, ...]:
    sources = Sources(citation.source for citation in finding.citations)
    whose = f"{translate(finding.owner)}; {translate(finding.scope)}"
    named = f"`{finding.cause}` {title_of(finding)}"
    because = told(finding.message, finding.because)
    settle = told(finding.settle_message, finding.settle)
    return named, because, whose, sources, settle


def _logs(report: Report) -> Iterator[Block]:
    found = predictions(report)
    if found:
        predicted = report.predicted_text
        yield Paragraph(told(predicted.message, predicted.story))
    for each in found:
        match = " — this is what was pasted" if each.reproduced else ""
        yield Heading(tell("report.sections.logs", client=each.client, match=match))
        yield Code("\n".join(each.lines))


def _measured(report: Report) -> Iterator[Block]:
    yield facts_table("The measurement", about(report))
    yield Paragraph("The whole of it once more:")
    yield Code(command(report), "console", copy="Copy the command")
    lead = leading(report)
    shown = curl(report, lead) if lead is not None else ""
    if shown:
        yield Paragraph("The decisive request by curl alone:")
        yield Code(shown, "console", copy="Copy as curl", name="curl")
