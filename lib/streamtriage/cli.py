"""The command line, thin over the same functions as the notebooks."""

from __future__ import annotations

import errno
import sys
from typing import Annotated

import typer

from streamtriage import __version__
from streamtriage.commands.on_demand import OnDemand
from streamtriage.commands.options import NOT_WRITTEN, TOOL_FAULT
from streamtriage.console import guarded, say
from streamtriage.shortage import own_shortage
from streamtriage.stopping import STOPPED, Stopped, hear_no_more

__all__ = ["app", "run"]

# A pipe that is gone, a stream that was never open, a disk without room.
_NO_OUTPUT = (errno.EPIPE, errno.EBADF, errno.ENOSPC, errno.EIO, errno.EFBIG)

app = typer.Typer(
    name="streamtriage",
    cls=OnDemand,
    help="Find out why an MCP event stream broke and was not reopened.",
    epilog="Exit codes: 0 healthy, 1 a cause is present, 2 bad usage or what could "
    "not be written, 3 could not tell, 4 this tool or this machine failed, 130 stopped "
    "before anything was seen.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


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


def run() -> None:
    """Run the command line; a crash of ours exits with 4 and says what to do."""
    sys.stdout, sys.stderr = guarded(sys.stdout), guarded(sys.stderr)
    code: object = TOOL_FAULT
    try:
        app()
    except SystemExit as end:
        code = end.code
    except Stopped:
        code = STOPPED
        say("Stopped before anything was seen.")
    except OSError as problem:
        code = _failed(problem)
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
            f"streamtriage: {named} This is a shortage of this machine, and says "
            "nothing about any server."
        )
        return TOOL_FAULT
    if problem.errno in _NO_OUTPUT:
        say(f"streamtriage: What was found cannot be written ({problem.strerror}).")
        return NOT_WRITTEN
    say(_crash(problem))
    return TOOL_FAULT


def _crash(problem: Exception) -> str:
    return (
        f"streamtriage failed ({type(problem).__name__}). This says nothing about "
        "the server. Please report it with the command and the version "
        f"{__version__}."
    )
