"""What the panes of a rehearsal say, as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage import lab
from streamtriage.letting_in import checked
from streamtriage.notebook import contents
from streamtriage.notebook.practice.choice import HEALTHY, title_of
from streamtriage.notebook.rehearsal import banner
from streamtriage.report.markdown import card_markdown
from streamtriage.report.markdown_markup import code, fenced, plain, prose, table
from streamtriage.report.phrases import IMPACTS, STATUSES
from streamtriage.report.story import predictions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.model import Finding, Report

__all__ = ["apart", "choices", "evidence", "printed", "verdict"]


def printed(report: Report) -> str:
    """Show what a person would paste, and what clients log, without the reason."""
    report = checked(report)
    parts = []
    if report.intake.action:
        parts.append(f"It came up when: {plain(report.intake.action)}\n")
    if report.intake.error.strip():
        parts.append(f"This was pasted:\n\n{fenced(report.intake.error)}")
    for each in predictions(report):
        lines = "\n".join(each.lines)
        parts.append(f"A {each.client} logs:\n\n{fenced(lines)}")
    if not predictions(report):
        parts.append("No known client logs a line for what happens here.\n")
    parts.append(f"Does it hurt? {IMPACTS[report.verdict.impact]}\n")
    return "\n".join(parts)


def choices(causes: Sequence[str], guess: str, *, asked: bool) -> str:
    """Show what there is to guess from, and once it was asked, what was guessed."""
    rows = [
        ("→" if cause == guess else "", code(cause), prose(title_of(cause)))
        for cause in causes
    ]
    if guess and guess not in causes:
        rows.append(("→", code(guess), prose(title_of(guess))))
    none = "No guess was given. Which one would you have said?\n\n"
    return (none if asked and not guess else "") + table(
        ("Guess", "Cause", "What it says"), rows
    )


def evidence(report: Report) -> str:
    """Show what the probes saw that the verdict rests on."""
    lead = _lead(checked(report))
    asked = lead.rests_on if lead else ("handshake", "open")
    ran = {seen.probe for seen in report.evidence}
    found = [probe for probe in asked if probe in ran] or ["reach"]
    named = ", ".join(code(probe) for probe in found)
    return f"The verdict rests on {named}.\n\n{contents.evidence(report, found)}"


def verdict(report: Report, fault: str, guess: str) -> str:
    """Compare the guess with the fault that was played, and show the card."""
    played = lab.scenario(fault)
    truth = played.cause or HEALTHY
    judged = report.verdict.causes[:1] or (report.verdict.outcome,)
    if not guess:
        said = f"It was {code(truth)}."
    elif guess == truth:
        said = f"**Right**, it was {code(truth)}."
    else:
        said = f"**Not this time.** You said {code(guess)}; it was {code(truth)}."
    if judged != (truth,):
        said += f" The tool itself judged it as {code(judged[0])}."
    told = f"{said}\n\nThe lab imitates: {plain(played.imitates or played.title)}\n\n"
    return told + banner(fault) + card_markdown(report)


def apart(report: Report, causes: Sequence[str], fault: str) -> str:
    """Say of each other candidate what told it from the real one."""
    truth = lab.scenario(fault).cause
    by_id: dict[str, Finding] = {f.cause: f for f in checked(report).findings}
    real = by_id.get(truth or "")
    nearest = real.look_alike if real else ""
    rows = [
        _row(by_id[cause], nearest=nearest == cause)
        for cause in causes
        if cause in by_id and cause != truth
    ]
    shown = table(("Looks like it", "Judged as", "What tells it apart"), rows)
    if real is None:
        return shown
    return f"{code(real.cause)} is what it was: {prose(real.because)}\n\n{shown}"


def _row(finding: Finding, *, nearest: bool) -> tuple[str, str, str]:
    mark = " (the nearest look-alike)" if nearest else ""
    status = STATUSES[finding.status].partition(":")[0]
    settled = f" {finding.settle}" if finding.settle else ""
    return code(finding.cause) + mark, status, prose(finding.because + settled)


def _lead(report: Report) -> Finding | None:
    named = (*report.verdict.causes, *report.verdict.suspected)[:1]
    return next((f for f in report.findings if f.cause in named), None)
