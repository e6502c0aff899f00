"""The command line, thin over the same functions as the notebooks."""

from __future__ import annotations

import errno
import os
import sys
from typing import Annotated

import typer

from streamtriage import __version__
from streamtriage.commands.colour import NoColourOption
from streamtriage.commands.language import LanguageOption
from streamtriage.commands.on_demand import OnDemand
from streamtriage.console import guarded, say
from streamtriage.exit_codes import IN_WORDS, NOT_WRITTEN, STOPPED, TOOL_FAULT, USAGE
from streamtriage.languages import language_of, speak, translate
from streamtriage.shortage import own_shortage
from streamtriage.stopping import Stopped, hear_no_more

__all__ = ["app", "run"]

# A pipe that is gone, a stream that was never open, a disk without room.
_NO_OUTPUT = (errno.EPIPE, errno.EBADF, errno.ENOSPC, errno.EIO, errno.EFBIG)

app = typer.Typer(
    name="streamtriage",
    cls=OnDemand,
    help="Find out why an MCP event stream broke and was not reopened.",
    epilog=IN_WORDS,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:  # noqa: FBT001 - typer's callback
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def _root(
    context: typer.Context,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Show the version."
        ),
    ] = False,
    yes: Annotated[
        bool,
        typer.Option(
            "--yes", help="Without a command: triage the server that fails most."
        ),
    ] = False,
    no_color: NoColourOption = False,
    lang: LanguageOption = "",
) -> None:
    """Find out why an MCP event stream broke and was not reopened.

    Without a command it lists the servers that the clients of this machine know, and
    offers to triage one.
    """
    if context.invoked_subcommand is not None:
        return
    asked = sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
    if not (yes or asked):
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(USAGE)
    from streamtriage.apps.triage.start_command import start  # noqa: PLC0415

    start(asks=not yes)


def run() -> None:
    """Run the command line; a crash of ours exits with 4 and says what to do."""
    sys.stdout, sys.stderr = guarded(sys.stdout), guarded(sys.stderr)
    speak(language_of(os.environ))
    code: object = TOOL_FAULT
    try:
        app()
    except SystemExit as end:
        code = end.code
    except Stopped:
        code = STOPPED
        say(translate("Stopped before anything was seen."))
    except OSError as problem:
        code = _failed(problem)
    except ModuleNotFoundError as missing:
        # One that is of an extra says how to get it.
        code = USAGE if "streamtriage[" in missing.msg else TOOL_FAULT
        say(f"streamtriage: {missing.msg}" if code == USAGE else _crash(missing))
    except Exception as problem:  # noqa: BLE001 - the last resort
        say(_crash(problem))
    # From here on there is only the end, which nothing need hurry.
    hear_no_more()
    sys.exit(code)  # type: ignore[arg-type]


def _failed(problem: OSError) -> int:
    """Say what of this machine gave out; return the exit code."""
    named = own_shortage(problem)
    if named:
        say(
            translate(
                "streamtriage: {named} This is a shortage of this machine, "
                "and says nothing about any server.",
                named=translate(named),
            )
        )
        return TOOL_FAULT
    if problem.errno in _NO_OUTPUT:
        say(
            translate(
                "streamtriage: What was found cannot be written ({strerror}).",
                strerror=problem.strerror,
            )
        )
        return NOT_WRITTEN
    say(_crash(problem))
    return TOOL_FAULT


def _crash(problem: Exception) -> str:
    return translate(
        "streamtriage failed ({error}). This says nothing about the server. Please "
        "report it with the command and the version {version}.",
        error=type(problem).__name__,
        version=__version__,
    )
