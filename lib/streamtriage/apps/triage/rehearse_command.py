"""`streamtriage rehearse`: a triage of a made-up server, to see the tool at work."""

from __future__ import annotations

import asyncio
from typing import Annotated, NoReturn

import typer

from streamtriage.apps.triage.command import asked, deliver
from streamtriage.commands.language import LanguageOption
from streamtriage.commands.options import JsonOption, NoColourOption, usage
from streamtriage.console import say
from streamtriage.exit_codes import HEALTHY, TOOL_FAULT
from streamtriage.languages import translate
from streamtriage.model import Report
from streamtriage.stopping import Presses

__all__ = ["rehearse"]


def rehearse(
    fault: Annotated[
        str, typer.Argument(help="A name that `faults` lists.")
    ] = "half-open-stream-409",
    json_to: JsonOption = "",
    html: Annotated[str, typer.Option(metavar="F", help="Write HTML here.")] = "",
    markdown: Annotated[
        str, typer.Option(metavar="F", help="Write Markdown here.")
    ] = "",
    no_color: NoColourOption = False,
    lang: LanguageOption = "",
) -> None:
    """Rehearse: triage a server of this tool's own that has one fault.

    Exit code 0 means that the verdict names that fault, and 4 that it does not.
    """
    # Its servers are more to import than all the rest.
    from streamtriage import lab  # noqa: PLC0415

    try:
        with Presses() as presses, lab.serve(fault) as running:
            report = asyncio.run(
                asked(running.intake, presses, local=False, rehearsal=True)
            )
            planted = running.scenario.cause
    except LookupError as problem:
        usage(str(problem.args[0]))
    _end(report, planted, json_to, html, markdown)


def _end(
    report: Report, planted: str | None, json_to: str, html: str, markdown: str
) -> NoReturn:
    found = report.verdict.lead == planted if planted else report.verdict.sound
    try:
        deliver(report, json_to, html, markdown)
    except typer.Exit as end:
        if end.exit_code not in (0, 1, 3):
            raise
    right = translate("right" if found else "WRONG")
    say(
        translate(
            "Rehearsal: the verdict is {right}. Nothing of this is about your server.",
            right=right,
        )
    )
    raise typer.Exit(HEALTHY if found else TOOL_FAULT)
