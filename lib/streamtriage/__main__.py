"""The command line, thin over the same functions as the notebooks."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import time
from contextlib import suppress
from typing import Annotated, Any, NoReturn

import typer
from pydantic import ValidationError

from streamtriage import __version__, lab, signature
from streamtriage.causes import CAUSES
from streamtriage.client import Snapshot, compare, look, snapshot
from streamtriage.console import EXIT_CODES, ProgressLine, read_bounded, write
from streamtriage.model import BugEvidence, Intake, LocalEvidence, Report
from streamtriage.report import (
    render_html,
    render_markdown,
    render_text,
    report_schema,
)
from streamtriage.triage import judge_again
from streamtriage.triage import triage as run_triage
from streamtriage.wire.target import IntakeError

__all__ = ["app", "main"]

USAGE = 2
TOOL_FAULT = 4

app = typer.Typer(
    name="streamtriage",
    help="Find out why an MCP event stream broke and was not reopened.",
    epilog="Exit codes: 0 healthy, 1 a cause is present, 2 bad usage, "
    "3 could not tell, 4 this tool failed.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

JsonOption = Annotated[
    str, typer.Option("--json", metavar="F", help="Write JSON here; - for stdout.")
]


def _usage(message: str) -> NoReturn:
    typer.echo(f"streamtriage: {message}", err=True)
    raise typer.Exit(USAGE)


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer's callback
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Show the version."
        ),
    ] = False,
) -> None:
    """Find out why an MCP event stream broke and was not reopened."""


@app.command()
def triage(  # noqa: PLR0913 - the options of a command
    url: Annotated[str, typer.Argument(help="The MCP server's URL.")],
    error: Annotated[str, typer.Option(help="The text that was printed.")] = "",
    error_file: Annotated[
        str, typer.Option(metavar="F", help="A file or log that holds it; - for stdin.")
    ] = "",
    action: Annotated[str, typer.Option(help="What you did when it came.")] = "",
    client: Annotated[str, typer.Option(help="The client, e.g. claude-code.")] = "",
    client_version: Annotated[str, typer.Option(help="Its version.")] = "",
    hold: Annotated[
        float, typer.Option(metavar="S", help="Seconds to watch a silent stream.")
    ] = 130.0,
    idle: Annotated[
        float, typer.Option(metavar="S", help="Seconds to leave a session alone.")
    ] = 0.0,
    auth_env: Annotated[
        str,
        typer.Option(metavar="NAME", help="Environment variable with the token."),
    ] = "",
    header: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=ENVVAR", help="A header and the variable it is in."),
    ] = None,
    ca: Annotated[
        str, typer.Option(metavar="F", help="Extra CA, as NODE_EXTRA_CA_CERTS.")
    ] = "",
    proxy: Annotated[
        str,
        typer.Option(metavar="URL", help="The client's proxy, if not in this shell."),
    ] = "",
    provider: Annotated[
        str,
        typer.Option(metavar="URL", help="Also ask the model provider's endpoint."),
    ] = "",
    json_to: JsonOption = "",
    html: Annotated[str, typer.Option(metavar="F", help="Write HTML here.")] = "",
    markdown: Annotated[
        str, typer.Option(metavar="F", help="Write Markdown here.")
    ] = "",
    local: Annotated[
        bool, typer.Option("--local", help="Also read this machine's client state.")
    ] = False,
) -> None:
    """Probe a server and say what cut the stream and what refused to reopen it."""
    if error and error_file:
        _usage("Give --error or --error-file, not both.")
    intake = _intake(
        url=url,
        error=error or _text(error_file),
        action=action,
        client=client,
        client_version=client_version,
        hold_s=hold,
        idle_s=idle,
        auth_env=auth_env,
        header_envs=_pairs(header or []),
        ca_file=ca,
        proxy=proxy,
        provider_url=provider,
    )
    try:
        report = asyncio.run(_triage(intake, local=local))
    except IntakeError as problem:
        _usage(str(problem))
    _deliver(report, json_to, html, markdown)


@app.command("lab")
def lab_command(
    fault: Annotated[str, typer.Argument(help="A name that `faults` lists.")],
    port: Annotated[
        int, typer.Option(help="0 picks a free one.", min=0, max=65535)
    ] = 0,
) -> None:
    """Serve one faulty (or healthy) MCP server on loopback, until Ctrl-C."""
    try:
        with lab.serve(fault, port) as running:
            typer.echo(f"{running.scenario.name}: {running.scenario.title}")
            typer.echo(f"URL: {running.url}")
            typer.echo(f"Try: {_try(running)}")
            sys.stdout.flush()
            _wait_for_signal()
    except LookupError as problem:
        _usage(str(problem.args[0]))
    except OSError as problem:
        _usage(f"Port {port} cannot be used ({problem.strerror}). Try --port 0.")


@app.command("signature")
def signature_command(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="- for stdin.")],
    json_to: JsonOption = "",
) -> None:
    """Say what an error text or a log says, without probing anything."""
    found = signature.parse(_text(file))
    if json_to:
        write(json_to, found.model_dump_json(indent=2))
    if json_to != "-":
        typer.echo(found.means)
        statuses = ", ".join(map(str, found.statuses)) or "none"
        typer.echo(f"runtime {found.runtime} · half {found.half} · statuses {statuses}")


@app.command()
def judge(
    report: Annotated[str, typer.Argument(metavar="REPORT.json", help="- for stdin.")],
    json_to: JsonOption = "",
    html: Annotated[str, typer.Option(metavar="F", help="Write HTML here.")] = "",
    markdown: Annotated[
        str, typer.Option(metavar="F", help="Write Markdown here.")
    ] = "",
) -> None:
    """Judge a saved report again, without a network."""
    try:
        saved = Report.model_validate_json(_text(report))
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the start"
        _usage(f"That is no report of this tool: at {where}: {first['msg']}.")
    _deliver(judge_again(saved), json_to, html, markdown)


@app.command("snapshot")
def snapshot_command(
    json_to: JsonOption = "-",
    label: Annotated[str, typer.Option(help="What to call this machine.")] = "",
    hide_hosts: Annotated[
        bool, typer.Option("--hide-hosts", help="Also hide the servers' names.")
    ] = False,
) -> None:
    """Write down what this machine says of its MCP clients, without a secret."""
    found = snapshot(label=label, hide_hosts=hide_hosts)
    try:
        write(json_to, found.model_dump_json(indent=2))
    except OSError as problem:
        _usage(f"{problem.filename} cannot be written ({problem.strerror}).")


@app.command("compare")
def compare_command(
    broken: Annotated[str, typer.Argument(metavar="BROKEN.json")],
    working: Annotated[str, typer.Argument(metavar="WORKING.json")],
    error: Annotated[str, typer.Option(help="The text that was printed.")] = "",
    json_to: JsonOption = "",
) -> None:
    """Say what differs between two snapshots, and which value to change first."""
    told = signature.parse(error) if error else None
    found = compare(_saved(broken), _saved(working), told)
    if json_to:
        write(json_to, found.model_dump_json(indent=2))
    if json_to != "-":
        typer.echo(found.says)
        for each in found.differences:
            typer.echo(f"- {each.what}: {each.broken} / {each.working}. {each.why}")


@app.command()
def faults(json_to: JsonOption = "") -> None:
    """List what the lab can serve."""
    rows = [
        {
            "name": each.name,
            "title": each.title,
            "cause": each.cause,
            "imitates": each.imitates,
        }
        for each in lab.SCENARIOS
    ]
    _list(rows, json_to)


@app.command()
def causes(json_to: JsonOption = "") -> None:
    """List the causes that this tool knows, most specific first."""
    rows = [
        {
            "name": each.id,
            "title": each.title,
            "layer": each.layer,
            "owner": each.owner,
            "scope": each.scope,
            "eras": list(each.eras),
            "look_alike": each.look_alike,
        }
        for each in CAUSES
    ]
    _list(rows, json_to)


@app.command()
def schema() -> None:
    """Print the JSON Schema of the report."""
    typer.echo(json.dumps(report_schema(), indent=2))


@app.command()
def runbook(  # noqa: PLR0913 - the options of a command
    url: Annotated[str, typer.Option(help="The MCP server; empty for the lab.")] = "",
    error: Annotated[str, typer.Option(help="The text that was printed.")] = "",
    hold: Annotated[
        float | None, typer.Option(metavar="S", help="Seconds to watch in silence.")
    ] = None,
    auth_env: Annotated[str, typer.Option(metavar="NAME")] = "",
    header: Annotated[list[str] | None, typer.Option(metavar="NAME=ENVVAR")] = None,
    ca: Annotated[str, typer.Option(metavar="F")] = "",
    fault: Annotated[
        str, typer.Option("--lab", metavar="FAULT", help="Rehearse on this fault.")
    ] = "half-open-stream-409",
    out: Annotated[str, typer.Option(metavar="DIR")] = "out",
) -> None:
    """Run runbooks/triage.ipynb headless and keep it as notebook, HTML and JSON."""
    # Jupyter is an extra: the other commands work without it.
    from streamtriage.notebook.headless import run_headless  # noqa: PLC0415

    try:
        done = run_headless(
            url=url,
            error=error,
            hold_s=hold,
            auth_env=auth_env,
            header_envs=_pairs(header or []),
            ca_file=ca,
            lab_fault=fault,
            out=out,
        )
    except IntakeError as problem:
        _usage(str(problem))
    raise typer.Exit(done.exit_code)


# --- what the commands share ----------------------------------------------------


def _intake(**given: Any) -> Intake:  # noqa: ANN401 - pydantic checks each one
    try:
        return Intake(**given)
    except ValidationError as problem:
        first = problem.errors()[0]
        _usage(f"{'.'.join(map(str, first['loc']))}: {first['msg']}.")


def _text(name: str) -> str:
    if not name:
        return ""
    try:
        return read_bounded(name)
    except OSError as problem:
        _usage(f"{name} cannot be read ({problem.strerror}).")


def _pairs(given: list[str]) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for each in given:
        name, equals, variable = each.partition("=")
        if not (name and equals and variable):
            _usage("--header takes NAME=ENVVAR: a header and a variable's name.")
        pairs[name.strip()] = variable.strip()
    return pairs


async def _triage(intake: Intake, *, local: bool) -> Report:
    cancel = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        with suppress(NotImplementedError):  # Windows has no such handlers
            loop.add_signal_handler(each, cancel.set)
    line = ProgressLine()
    try:
        found = await asyncio.to_thread(_look) if local else None
        return await run_triage(
            intake,
            on_progress=line.show,
            on_interim=line.interim,
            cancel=cancel,
            local=found,
        )
    finally:
        line.end()


def _look() -> LocalEvidence | BugEvidence:
    """Look at this machine; a crash of ours becomes evidence, not an end."""
    try:
        return look()
    except Exception as problem:  # noqa: BLE001 - shown as what it is
        return BugEvidence(crashed="local", failure_detail=type(problem).__name__)


def _saved(name: str) -> Snapshot:
    try:
        return Snapshot.model_validate_json(_text(name))
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the start"
        _usage(f"{name} is no snapshot of this tool: at {where}: {first['msg']}.")


def _deliver(report: Report, json_to: str, html: str, markdown: str) -> NoReturn:
    try:
        if json_to:
            write(json_to, report.model_dump_json(indent=2))
        if html:
            write(html, render_html(report))
        if markdown:
            write(markdown, render_markdown(report))
    except OSError as problem:
        _usage(f"{problem.filename} cannot be written ({problem.strerror}).")
    if "-" not in (json_to, html, markdown):
        typer.echo(render_text(report, colour=sys.stdout.isatty()))
    raise typer.Exit(EXIT_CODES[report.verdict.outcome])


def _list(rows: list[dict[str, Any]], json_to: str) -> None:
    if json_to:
        write(json_to, json.dumps(rows, indent=2))
    if json_to != "-":
        width = max(len(row["name"]) for row in rows)
        for row in rows:
            typer.echo(f"{row['name']:<{width}}  {row['title']}")


def _try(running: lab.Lab) -> str:
    parts = ["streamtriage triage", running.url, f"--hold {running.intake.hold_s:g}"]
    if running.ca_file:
        parts.append(f"--ca {running.ca_file}")
    if running.intake.idle_s:
        parts.append(f"--idle {running.intake.idle_s:g}")
    if running.intake.client:
        parts.append(f"--client '{running.intake.client}'")
    if running.intake.auth_env:
        # The lab's token is no secret.
        name = running.intake.auth_env
        parts.insert(0, f"{name}={os.environ.get(name, '')}")
        parts.append(f"--auth-env {name}")
    if running.intake.proxy:
        parts.append(f"--proxy {running.intake.proxy}")
    if running.intake.error:
        parts.append(f"--error '{running.intake.error}'")
    return " ".join(parts)


def _wait_for_signal() -> None:
    """Wait until Ctrl-C or SIGTERM."""
    stop: list[int] = []
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda number, _frame: stop.append(number))
    while not stop:
        time.sleep(0.2)


def main() -> None:
    """Run the command line; a crash of ours exits with 4 and says what to do."""
    try:
        app()
    except Exception as problem:  # noqa: BLE001 - the last resort
        typer.echo(
            f"streamtriage failed ({type(problem).__name__}). This says nothing about "
            "the server. Please report it with the command and the version "
            f"{__version__}.",
            err=True,
        )
        sys.exit(TOOL_FAULT)


if __name__ == "__main__":
    main()
