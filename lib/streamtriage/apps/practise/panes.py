"""What the panes of a rehearsal say, as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage import lab
from streamtriage.apps.practise.draw import HEALTHY, title_of
from streamtriage.apps.triage import panes as triage_panes
from streamtriage.apps.triage.rehearsal import banner
from streamtriage.languages import translate
from streamtriage.letting_in import checked
from streamtriage.markup.markdown import code, fenced, plain, prose, table
from streamtriage.model.message import told
from streamtriage.phrases import IMPACTS, STATUSES
from streamtriage.report.markdown import card_markdown
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
        parts.append(
            translate("It came up when: {action}\n", action=plain(report.intake.action))
        )
    if report.intake.error.strip():
        was = translate("This was pasted:")
        parts.append(f"{was}\n\n{fenced(report.intake.error)}")
    for each in predictions(report):
        lines = "\n".join(each.lines)
        logs = translate("A {client} logs:", client=each.client)
        parts.append(f"{logs}\n\n{fenced(lines)}")
    if not predictions(report):
        parts.append(translate("No known client logs a line for what happens here.\n"))
    parts.append(
        translate(
            "Does it hurt? {impact}\n", impact=translate(IMPACTS[report.verdict.impact])
        )
    )
    return "\n".join(parts)


def choices(causes: Sequence[str], guess: str, *, asked: bool) -> str:
    """Show what there is to guess from, and once it was asked, what was guessed."""
    rows = [
        ("→" if cause == guess else "", code(cause), prose(title_of(cause)))
        for cause in causes
    ]
    if guess and guess not in causes:
        rows.append(("→", code(guess), prose(title_of(guess))))
    none = translate("No guess was given. Which one would you have said?\n\n")
    return (none if asked and not guess else "") + table(
        (translate("Guess"), translate("Cause"), translate("What it says")), rows
    )


def evidence(report: Report) -> str:
    """Show what the probes saw that the verdict rests on."""
    lead = _lead(checked(report))
    asked = lead.rests_on if lead else ("handshake", "open")
    ran = {seen.probe for seen in report.evidence}
    found = [probe for probe in asked if probe in ran] or ["reach"]
    named = ", ".join(code(probe) for probe in found)
    rests = translate("The verdict rests on {probes}.", probes=named)
    return f"{rests}\n\n{triage_panes.evidence(report, found)}"


def verdict(report: Report, fault: str, guess: str) -> str:
    """Compare the guess with the fault that was played, and show the card."""
    played = lab.scenario(fault)
    truth = played.cause or HEALTHY
    judged = report.verdict.causes[:1] or (report.verdict.outcome,)
    if not guess:
        said = translate("It was {truth}.", truth=code(truth))
    elif guess == truth:
        said = translate("**Right**, it was {truth}.", truth=code(truth))
    else:
        said = translate(
            "**Not this time.** You said {guess}; it was {truth}.",
            guess=code(guess),
            truth=code(truth),
        )
    if judged != (truth,):
        own = translate("The tool itself judged it as {cause}.", cause=code(judged[0]))
        said = f"{said} {own}"
    imitated = translate(
        "The lab imitates: {what}",
        what=prose(translate(played.imitates or played.title)),
    )
    return f"{said}\n\n{imitated}\n\n" + banner(fault) + card_markdown(report)


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
    shown = table(
        (
            translate("Looks like it"),
            translate("Judged as"),
            translate("What tells it apart"),
        ),
        rows,
    )
    if real is None:
        return shown
    was = translate(
        "{cause} is what it was: {because}",
        cause=code(real.cause),
        because=prose(told(real.message, real.because)),
    )
    return f"{was}\n\n{shown}"


def _row(finding: Finding, *, nearest: bool) -> tuple[str, str, str]:
    mark = f" {translate('(the nearest look-alike)')}" if nearest else ""
    status = translate(STATUSES[finding.status].partition(":")[0])
    because = told(finding.message, finding.because)
    settled = told(finding.settle_message, finding.settle)
    return code(finding.cause) + mark, status, prose(f"{because} {settled}".strip())


def _lead(report: Report) -> Finding | None:
    named = (*report.verdict.causes, *report.verdict.suspected)[:1]
    return next((f for f in report.findings if f.cause in named), None)
