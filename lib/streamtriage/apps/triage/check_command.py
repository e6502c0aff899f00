"""`streamtriage check`: only what proves a fix, and 0 or 1."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Annotated

import typer

from streamtriage.apps.triage.command import asked, kept_report
from streamtriage.changes import action_words, checked_fix, smallest
from streamtriage.commands.language import LanguageOption
from streamtriage.commands.options import JsonOption, not_written, put, usage
from streamtriage.console import say
from streamtriage.exit_codes import CAUSE_PRESENT, HEALTHY, NOT_WRITTEN, TOOL_FAULT
from streamtriage.judging import saved_json
from streamtriage.languages import translate
from streamtriage.outbox import Outbox
from streamtriage.redaction import HIDDEN, values_of
from streamtriage.report.curl import URL_VARIABLE
from streamtriage.stopping import Presses
from streamtriage.transport.target import IntakeError

if TYPE_CHECKING:
    from streamtriage.model import Intake, Report

__all__ = ["check"]


def check(
    report: Annotated[str, typer.Argument(metavar="REPORT.json", help="- for stdin.")],
    json_to: JsonOption = "",
    lang: LanguageOption = "",
) -> None:
    """Ask again only what a report's first cause rests on, and say if it is mended.

    Exit code 0 means that the cause is ruled out now and no other took its place; 1
    that it is still there, or that nothing shows that it is gone.
    """
    before = kept_report(report)
    action = smallest(before)
    if before.rehearsal:
        usage(
            translate(
                "That report is of a rehearsal, whose server is gone. "
                "Rehearse it again."
            )
        )
    if action is None:
        usage(
            translate(
                "That report names no cause, so there is no fix to check. Triage again."
            )
        )
    say(
        translate(
            "Asking {url} again: {says}.",
            url=before.target.url,
            says=action_words(action),
        )
    )
    # What was printed is of the fault: without it, its absence is no open question.
    intake = action.intake(_reachable(before)).model_copy(update={"error": ""})
    try:
        with Presses() as presses:
            only = action.of_the_wire
            after = asyncio.run(asked(intake, presses, local=action.local, only=only))
    except IntakeError as problem:
        usage(str(problem))
    outbox = Outbox(values_of(intake.secret_names))
    if json_to:
        failed = not_written(json_to, saved_json(after, lines=True), outbox)
        if failed:
            say(f"streamtriage: {failed}", outbox)
            raise typer.Exit(NOT_WRITTEN)
    found = checked_fix(before, after, action.cause)
    if json_to != "-":
        put("-", found.line, outbox)
    if found.tool_fault:
        raise typer.Exit(TOOL_FAULT)
    raise typer.Exit(HEALTHY if found.mended else CAUSE_PRESENT)


def _reachable(before: Report) -> Intake:
    """Return the intake with its address; one that is a secret comes from outside."""
    if HIDDEN not in before.target.url:
        return before.intake.model_copy(update={"url": before.target.url})
    url = os.environ.get(URL_VARIABLE, "")
    if not url:
        usage(
            translate(
                "The address is a secret, so the report lacks it. Put it "
                "into {URL_VARIABLE}, a variable, and run this again.",
                URL_VARIABLE=URL_VARIABLE,
            )
        )
    return before.intake.model_copy(update={"url": url})
