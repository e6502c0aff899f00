"""What the panes of the loop say, as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.apps.triage.panes import citations, of_run
from streamtriage.apps.triage.run_words import left_words
from streamtriage.changes import narrowed, sight_of
from streamtriage.comparison import UnlikeReportsError, compare_reports, resemblances
from streamtriage.languages import translate
from streamtriage.markup.markdown import cells, code, plain, prose, table
from streamtriage.report.compared import comparison_markdown, resemblances_markdown
from streamtriage.report.ledger import (
    action_markdown,
    ledger_markdown,
    record_markdown,
)
from streamtriage.report.markdown import evidence_markdown, findings_markdown
from streamtriage.report.probes import question

if TYPE_CHECKING:
    from streamtriage.apps.triage.run import Run
    from streamtriage.changes import Action, Ledger
    from streamtriage.model import Report

__all__ = [
    "compared",
    "ledger",
    "nothing_to_run",
    "nothing_yet",
    "others",
    "played",
    "probed",
    "progress",
    "record",
    "too_early",
]

_NOTHING_YET = "_This fills in when the triage above has ended._\n"
_ONE_SERVICE = (
    "If it is one service, reached in two ways, the runbook [compare](compare.ipynb) "
    "or `streamtriage compare --same-service` names the one change to try.\n\n"
)
_PLAYED = (
    "> **Rehearsal.** Whatever change is written down, the lab plays that it was the "
    "right one, and serves a sound server from then on.\n\n"
)


def nothing_yet() -> str:
    """Say that there is no report yet."""
    return translate(_NOTHING_YET)


def played() -> str:
    """Say that the lab plays that every change is the right one."""
    return translate(_PLAYED)


def others(report: Report) -> str:
    """Show every cited source against what was seen here, then what was judged here."""
    judged = f"{findings_markdown(report)}\n\n{citations(report)}"
    return f"{resemblances_markdown(resemblances(report))}\n{judged}"


def compared(report: Report, working: Report | None) -> str:
    """Show what differs from a setup that works, if one was given."""
    if working is None:
        return translate(
            "No working setup was given. Run this runbook or "
            "`streamtriage triage URL --json working.json` where it "
            "works, and name that file in `working`.\n"
        )
    try:
        found = compare_reports(report, working)
    except UnlikeReportsError as problem:
        return f"**{plain(str(problem))}**\n"
    how = translate(_ONE_SERVICE) if found.comparable.fitness == "two-servers" else ""
    return f"{how}{comparison_markdown(found)}"


def ledger(action: Action | None, kept: Ledger, run: Run | None, problem: str) -> str:
    """Show the action that is run again, how far it is, and the ledger."""
    said = f"**{plain(problem)}**\n\n" if problem else ""
    return f"{said}{action_markdown(action)}\n{progress(run)}{ledger_markdown(kept)}"


def too_early(problem: str) -> str:
    """Say that nothing was run yet, under why a button did nothing."""
    return f"**{plain(problem)}**\n" if problem else nothing_yet()


def progress(run: Run | None) -> str:
    """Say how far a run is; nothing once it has ended well."""
    if run is None or (run.complete and not run.problem):
        return ""
    if run.problem:
        said = translate("The tool failed; this says nothing about the server.")
        return f"**{said}** {plain(run.problem)}\n\n"
    phase = f"**{plain(translate(run.progress.phase))}**"
    left = run.progress.left_s
    now = phase if left is None else left_words(phase, left)
    return translate("Running again: {now}.\n\n", now=now)


def record(kept: Ledger, report: Report, file: str) -> str:
    """Show the documented fix."""
    return record_markdown(kept, report, file)


def probed(
    probe: str, before: Report | None, after: Report | None, run: Run | None
) -> str:
    """Show one probe that was run again, and what it answers otherwise now."""
    if not probe:
        return ""
    if before is None or after is None:
        return progress(run)
    was, now = (sight_of(narrowed(r, (probe,))).observations for r in (before, after))
    changed = [(k, was[k], now[k]) for k in was if k in now and was[k] != now[k]]
    title = translate(
        "**{question}** asked again by {probe}\n",
        question=plain(question(probe)),
        probe=code(probe),
    )
    if changed:
        told = table(
            (
                translate("What is answered otherwise"),
                translate("Before"),
                translate("Now"),
            ),
            cells(changed),
        )
    else:
        told = translate("It answers as before.\n")
    named = of_run(after)
    return f"{named}{title}\n{told}\n{evidence_markdown(after, probe)}"


def nothing_to_run(before: Report | None, *, running: bool) -> str:
    """Say why nothing was started."""
    if running:
        return translate("Something is running already; wait for it or cancel it.")
    if before is None:
        return translate("First run the triage in the form above, to its end.")
    return prose(
        translate("Nothing fails here, so there is no failing action to run again.")
    )
