"""The command line, thin over the same functions as the notebooks."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from streamtriage import __version__
from streamtriage.commands.on_demand import OnDemand
from streamtriage.commands.options import TOOL_FAULT

__all__ = ["app", "main"]

app = typer.Typer(
    name="streamtriage",
    cls=OnDemand,
    help="Find out why an MCP event stream broke and was not reopened.",
    epilog="Exit codes: 0 healthy, 1 a cause is present, 2 bad usage, "
    "3 could not tell, 4 this tool failed.",
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
