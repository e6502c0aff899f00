"""`streamtriage check`: only what proves a fix, and 0 or 1."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Annotated

import typer

from streamtriage.commands.options import JsonOption, not_written, put, usage
from streamtriage.commands.triage import asked, kept_report
from streamtriage.console import say
from streamtriage.exit_codes import CAUSE_PRESENT, HEALTHY, NOT_WRITTEN, TOOL_FAULT
from streamtriage.experiments import smallest
from streamtriage.judging import judge_again
from streamtriage.model import Status
from streamtriage.redaction import HIDDEN, values_of
from streamtriage.report.curl import URL_VARIABLE
from streamtriage.stopping import Presses
from streamtriage.wire.target import IntakeError

if TYPE_CHECKING:
    from streamtriage.model import Finding, Intake, Report

__all__ = ["check"]


def check(
    report: Annotated[str, typer.Argument(metavar="REPORT.json", help="- for stdin.")],
    json_to: JsonOption = "",
) -> None:
    """Ask again only what a report's first cause rests on, and say if it is mended.

    Exit code 0 means that the cause is ruled out now and no other took its place; 1
    that it is still there, or that nothing shows that it is gone.
    """
    before = judge_again(kept_report(report))
    action = smallest(before)
    if before.rehearsal:
        usage("That report is of a rehearsal, whose server is gone. Rehearse it again.")
    if action is None:
        usage("That report names no cause, so there is no fix to check. Triage again.")
    say(f"Asking {before.target.url} again: {action.says}.")
    # What was printed is of the fault: without it, its absence is no open question.
    intake = action.intake(_reachable(before)).model_copy(update={"error": ""})
    try:
        with Presses() as presses:
            only = action.of_the_wire
            after = asyncio.run(asked(intake, presses, local=action.local, only=only))
    except IntakeError as problem:
        usage(str(problem))
    secrets = values_of(intake.secret_names)
    if json_to:
        failed = not_written(json_to, after.model_dump_json(indent=2), secrets)
        if failed:
            say(f"streamtriage: {failed}", secrets)
            raise typer.Exit(NOT_WRITTEN)
    said, code = _verdict(before, after, action.cause)
    if json_to != "-":
        put("-", said, secrets)
    raise typer.Exit(code)


def _reachable(before: Report) -> Intake:
    """Return the intake with its address; one that is a secret comes from outside."""
    if HIDDEN not in before.target.url:
        return before.intake.model_copy(update={"url": before.target.url})
    url = os.environ.get(URL_VARIABLE, "")
    if not url:
        usage(
            f"The address is a secret, so the report lacks it. Put it into "
            f"{URL_VARIABLE}, a variable, and run this again."
        )
    return before.intake.model_copy(update={"url": url})


def _verdict(before: Report, after: Report, cause: str) -> tuple[str, int]:
    if after.verdict.outcome == "tool-fault":
        return f"? {after.verdict.summary}", TOOL_FAULT
    found = _finding(after, cause)
    known = {before.verdict.lead, *before.verdict.also}
    new = [name for name in after.verdict.causes if name not in known]
    if found is None or found.status is Status.UNKNOWN:
        because = found.because if found is not None else "It was not judged."
        return f"? Not shown to be mended: {cause}. {because}", CAUSE_PRESENT
    if found.status is not Status.ABSENT:
        return f"✗ Still there: {cause}. {found.because}", CAUSE_PRESENT
    if new:
        other = _finding(after, new[0])
        because = other.because if other is not None else ""
        return f"✗ {cause} is gone, and {new[0]} came up. {because}", CAUSE_PRESENT
    return f"✓ Mended: {cause}. {found.because}", HEALTHY


def _finding(report: Report, cause: str) -> Finding | None:
    return next((each for each in report.findings if each.cause == cause), None)
