"""What each pane says, as Markdown; everything foreign in it is escaped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.apps.triage.run_words import run_words, steps_words
from streamtriage.charts import probe_pictures
from streamtriage.error_text.parse import parse
from streamtriage.languages import translate
from streamtriage.letting_in import checked
from streamtriage.markup.markdown import (
    cells,
    code,
    fenced,
    folded,
    plain,
    prose,
    table,
)
from streamtriage.model import Intake, LocalEvidence, Status
from streamtriage.model.message import told
from streamtriage.notebook.entered import entered_rows
from streamtriage.phrases import client_words, count, half_words
from streamtriage.redaction import inside, shown_text
from streamtriage.report.markdown import (
    card_markdown,
    evidence_markdown,
    local_markdown,
    rest_markdown,
    sections_markdown,
)
from streamtriage.report.probes import question
from streamtriage.report.story import (
    fixes,
    pasted,
    predictions,
    verify,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtriage.charts import Picture
    from streamtriage.model import Finding, Report, Signature

__all__ = [
    "citations",
    "details",
    "details_pictures",
    "entered",
    "evidence",
    "machine",
    "of_run",
    "repairs",
    "signature",
    "verdict",
]

_GRADES = {
    "V": "read in source or documentation",
    "L": "measured",
    "I": "a field report",
    "R": "recalled",
}


def entered(intake: Intake, chosen: str = "") -> str:
    """Show what the run was given; secrets appear by name only.

    `chosen` is the server that was picked from the list of those found here.
    """
    rows = (
        [(translate("Chosen from this machine"), shown_text(chosen))] if chosen else []
    )
    rows += entered_rows(intake)
    return table((translate("What was entered"), translate("Value")), cells(rows))


def signature(intake: Intake, report: Report) -> str:
    """Show what the pasted text says, and what clients would log for what was seen."""
    found = inside(parse(intake.error))
    if intake.error.strip():
        text = f"{plain(translate(found.means))}\n\n{_signature_table(found)}"
    else:
        text = translate("No text was pasted, so only the probes speak.\n")
    logged = "\n".join(
        f"{translate('A {client}:', client=each.client)}\n\n"
        f"{fenced(chr(10).join(each.lines))}"
        for each in predictions(report)
    )
    predicted = report.predicted_text
    story = plain(told(predicted.message, predicted.story))
    lines = folded(translate("What clients log for this"), f"{story}\n\n{logged}")
    return f"{text}\n{prose(pasted(checked(report)))}\n\n{lines if logged else ''}"


def evidence(report: Report, probes: Iterable[str]) -> str:
    """Show what these probes saw, and which causes that rules out."""
    asked = tuple(probes)
    ran = {each.probe for each in report.evidence}
    if len(asked) == 1:
        return evidence_markdown(report, asked[0])
    told = [probe for probe in asked if probe in ran]
    parts = [f"#### {question(p)}\n\n{evidence_markdown(report, p)}" for p in told]
    left = [plain(question(probe)) for probe in asked if probe not in ran]
    if left:
        parts.append(
            translate(
                "Not asked, since nothing gave reason to: {left}\n", left=" ".join(left)
            )
        )
    return "\n".join([*parts, _ruled_out(report, told)])


def _ruled_out(report: Report, probes: Iterable[str]) -> str:
    asked = set(probes)
    found = [
        (code(f.cause), prose(told(f.message, f.because)))
        for f in checked(report).findings
        if f.status is Status.ABSENT and f.rests_on and f.rests_on[0] in asked
    ]
    if not found:
        return translate("Nothing is ruled out by this.\n")
    title = translate("What this rules out: {count}", count=count(len(found), "cause"))
    return folded(title, table((translate("Cause"), translate("Because")), found))


def details(report: Report) -> str:
    """Show what the verdict rests on: each probe in a line, with its mark."""
    rest = sections_markdown(report, ("else", "request", "logs"))
    return f"{rest}\n{rest_markdown(report)}"


def details_pictures(report: Report) -> tuple[Picture, ...]:
    """Draw what the probes saw."""
    probes = (each.probe for each in report.evidence)
    return tuple(drawn for probe in probes for drawn in probe_pictures(report, probe))


def machine(seen: Report | LocalEvidence) -> str:
    """Show what the person's own machine says; of a report, its evidence of that."""
    if isinstance(seen, LocalEvidence):
        return local_markdown(seen)
    return evidence_markdown(seen, "local")


def verdict(report: Report) -> str:
    """Show the card, the first fix to copy, and how to check it."""
    steps = plain(steps_words(report))
    rest = sections_markdown(report, ("fix", "check"))
    return f"{steps}\n\n{card_markdown(report)}\n{rest}"


def of_run(report: Report) -> str:
    """Name the run that a pane is of, in a line above it."""
    return f"_{prose(run_words(report))}_\n\n"


def repairs(report: Report) -> str:
    """Show the fixes of the causes that are present, as text to paste."""
    found = fixes(checked(report))
    if not found:
        return translate("No cause is present, so there is nothing to change.\n")
    parts = []
    for place, (finding, fix) in enumerate(found, 1):
        where = plain(translate(fix.where))
        cause = code(finding.cause)
        parts.append(
            translate(
                "**{place}. {where}** (for {cause})\n",
                place=place,
                where=where,
                cause=cause,
            )
        )
        parts.append(f"{prose(translate(fix.what))}\n")
        parts += [fenced(fix.paste)] if fix.paste else []
        parts.append(translate("To verify: {how}\n", how=plain(verify(fix))))
    return "\n".join(parts)


def citations(report: Report) -> str:
    """Show where the leading causes were met before, and how sure each source is."""
    found = [f for f in checked(report).findings if _tells(f)]
    rows = [
        (code(finding.cause), plain(cited.source), translate(_GRADES[cited.grade]))
        for finding in sorted(found, key=lambda f: f.status is not Status.PRESENT)
        for cited in finding.citations
    ]
    if not rows:
        return translate(
            "No cause is present or suspected, so there is nobody to compare with.\n"
        )
    return table(
        (
            translate("Cause"),
            translate("Where it is described"),
            translate("How it is known"),
        ),
        rows,
    )


def _tells(finding: Finding) -> bool:
    return finding.status in (Status.PRESENT, Status.SUSPECTED)


def _signature_table(found: Signature) -> str:
    statuses = ", ".join(map(str, found.statuses)) or translate("none")
    rows = (
        (
            translate("Is it this error?"),
            translate("yes" if found.is_this_error else "no"),
        ),
        (translate("Half"), half_words(found.half)),
        (translate("Client"), client_words(found)),
        (translate("Client runtime"), translate(found.runtime)),
        (translate("Reason phrase"), found.reason or translate("none")),
        (translate("Statuses in it"), statuses),
    )
    return table((translate("What the text says"), ""), cells(rows))
