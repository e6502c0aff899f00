"""`streamtriage triage` and `judge`: one report, fresh or judged again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from pydantic import ValidationError

from streamtriage.commands.entered import Entered, with_entries
from streamtriage.commands.language import LanguageOption
from streamtriage.commands.options import (
    JsonOption,
    NoColourOption,
    file_of,
    intake_of,
    not_written,
    usage,
)
from streamtriage.console import ProgressLine, say
from streamtriage.escapes import columns, may_escape
from streamtriage.exit_codes import EXIT_CODES, NOT_WRITTEN
from streamtriage.judging import judge_again, saved_json
from streamtriage.languages import translate
from streamtriage.letting_in import read_checked
from streamtriage.model import Report
from streamtriage.model.message import told
from streamtriage.on_first_use import Later
from streamtriage.outbox import Outbox
from streamtriage.redaction import values_of, visible
from streamtriage.refusal import why_invalid
from streamtriage.stopping import Presses

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Collection

    from streamtriage.model import Intake
    from streamtriage.redaction import Redacted
else:
    asyncio = Later("asyncio")

__all__ = ["asked", "deliver", "judge", "kept_report", "triage", "triage_and_deliver"]


@with_entries(without=["url"])
def triage(
    url: Annotated[
        str | None,
        typer.Argument(
            help="The MCP server's URL; else the one that fails in a client's log."
        ),
    ] = None,
    *,
    entered: Entered,
    json_to: JsonOption = "",
    html: Annotated[str, typer.Option(metavar="F", help="Write HTML here.")] = "",
    markdown: Annotated[
        str, typer.Option(metavar="F", help="Write Markdown here.")
    ] = "",
    spans: Annotated[
        str, typer.Option(metavar="F|URL", help="Spans, as a file or to a collector.")
    ] = "",
    local: Annotated[
        bool,
        typer.Option(
            "--local/--no-local", help="Also read this machine's client state."
        ),
    ] = True,
    no_color: NoColourOption = False,
    lang: LanguageOption = "",
) -> None:
    """Probe a server and say what cut the stream and what refused to reopen it."""
    if spans:
        _check_spans()
    if url is None:
        from streamtriage.commands.chosen import (  # noqa: PLC0415
            chosen_server,
            entered_of,
            story_of,
        )

        known = chosen_server(entered.get("client", ""))
        say(story_of(known))
        headers = known.header_envs | entered.get("header_envs", {})
        entered = entered_of(known) | entered | {"header_envs": headers}
        url = known.url
    intake = intake_of(**entered | {"url": url})
    triage_and_deliver(intake, json_to, html, markdown, spans, local=local)


def triage_and_deliver(
    intake: Intake,
    json_to: str = "",
    html: str = "",
    markdown: str = "",
    spans: str = "",
    *,
    local: bool = True,
) -> NoReturn:
    """Triage what an intake names, write it where it is wanted, and end."""
    from streamtriage.transport.target import IntakeError  # noqa: PLC0415 - as in `asked`

    with Presses() as presses:
        try:
            report = asyncio.run(asked(intake, presses, json_to=json_to, local=local))
        except IntakeError as problem:
            usage(str(problem))
        deliver(report, json_to, html, markdown, spans)


def _check_spans() -> None:
    """Refuse before anything runs what could not be exported after it."""
    # OpenTelemetry is an extra: the triage works without it.
    try:
        import streamtriage.report.otlp  # noqa: F401, PLC0415
    except ModuleNotFoundError as missing:
        usage(
            translate(
                "{name} is missing. Install it: pip install 'streamtriage[exports]'.",
                name=missing.name,
            )
        )


def judge(
    report: Annotated[str, typer.Argument(metavar="REPORT.json", help="- for stdin.")],
    json_to: JsonOption = "",
    html: Annotated[str, typer.Option(metavar="F", help="Write HTML here.")] = "",
    markdown: Annotated[
        str, typer.Option(metavar="F", help="Write Markdown here.")
    ] = "",
    no_color: NoColourOption = False,
    lang: LanguageOption = "",
) -> None:
    """Judge a saved report again, without a network."""
    deliver(kept_report(report), json_to, html, markdown)


def kept_report(name: str) -> Report:
    """Read a saved report, or standard input for "-", and judge its evidence anew.

    What is no report is refused in words.
    """
    try:
        # In its short form: it is judged anew, and once.
        kept = read_checked(Report, file_of(name), as_written=True)
    except ValidationError as problem:
        usage(
            translate(
                "That is no report of this tool: {problem}.",
                problem=why_invalid(problem),
            )
        )
    return judge_again(kept)


def deliver(
    report: Report, json_to: str, html: str, markdown: str, spans: str = ""
) -> NoReturn:
    """Write the report where it is wanted, and end with its exit code.

    The verdict is said first: it is what nobody may lose. What cannot be written is
    said, and takes nothing else with it.
    """
    from streamtriage import report as rendered  # noqa: PLC0415 - each form when asked

    outbox = Outbox(values_of(report.intake.secret_names))
    files: tuple[tuple[str, Callable[[], str]], ...] = (
        (json_to, lambda: saved_json(report, lines=True)),
        (html, lambda: rendered.render_html(report)),
        (markdown, lambda: rendered.render_markdown(report)),
    )
    failed = []
    if "-" not in (json_to, html, markdown):
        shown = rendered.render_text(
            report, colour=may_escape(sys.stdout), width=columns(), saved=json_to
        )
        failed.append(not_written("-", shown, outbox))
    failed += [not_written(to, render(), outbox) for to, render in files if to]
    if spans:
        failed.append(_failure_of_spans(spans, report, outbox))
    said = [each for each in failed if each]
    if said:
        say(f"streamtriage: {' '.join(said)}")
        raise typer.Exit(NOT_WRITTEN)
    raise typer.Exit(EXIT_CODES[report.verdict.outcome])


def _failure_of_spans(where: str, report: Report, outbox: Outbox) -> str:
    from streamtriage.report.otlp import SpansError, export_spans  # noqa: PLC0415

    try:
        export_spans(where, (("", report),), outbox)
    except SpansError as problem:
        return str(problem)
    return ""


def seen_until_then(report: Report) -> str:
    """Say what an aborted triage had seen, in the language spoken."""
    verdict = report.verdict
    summary = told(verdict.messages.summary, verdict.summary)
    return translate("Seen until then: {summary}", summary=visible(summary))


async def asked(
    intake: Intake,
    presses: Presses,
    *,
    local: bool,
    json_to: str = "",
    only: Collection[str] = (),
    rehearsal: bool = False,
) -> Report:
    """Triage with a line of progress; the first Ctrl-C ends the watch."""
    # Whoever judges a saved report needs nothing that asks a server.
    from streamtriage.triage import Progress  # noqa: PLC0415
    from streamtriage.triage import triage as run_triage  # noqa: PLC0415

    cancel = asyncio.Event()
    presses.ends(cancel)
    outbox = Outbox(values_of(intake.secret_names))
    line = ProgressLine(outbox, rehearsal=rehearsal)

    def keep(known: Redacted[Report]) -> None:
        """Leave on disk what is known, should nothing more be heard of this run."""
        report = known.shown
        presses.last_words = outbox.look(seen_until_then(report))
        if json_to and json_to != "-":
            # What cannot be written is said at the end, once.
            not_written(json_to, saved_json(report, lines=True), outbox)

    try:
        found = None
        if local:
            line.show(Progress("Reading this machine's clients and logs"))
            from streamtriage.own_process import evidence_apart  # noqa: PLC0415

            found = await evidence_apart(intake.url, cancel=cancel)
        done = await run_triage(
            intake,
            on_progress=line.show,
            # A part of the probes settles nothing before its end.
            on_interim=None if only else line.interim,
            on_seen=keep,
            cancel=cancel,
            local=found,
            only=only,
            rehearsal=rehearsal,
        )
    finally:
        line.end()
    return done.shown
