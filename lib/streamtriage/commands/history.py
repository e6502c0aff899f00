"""`streamtriage history`: what weeks of client logs say."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from streamtriage.commands.options import JsonOption, usage
from streamtriage.console import write
from streamtriage.history import READ_SECONDS, history, render_text

__all__ = ["history_command"]

COULD_NOT_TELL = 3


def history_command(
    logs: Annotated[
        str, typer.Option(metavar="DIR", help="A folder of logs; else this machine's.")
    ] = "",
    server: Annotated[
        str, typer.Option(help="Only servers whose name or URL contains this.")
    ] = "",
    limit: Annotated[
        float, typer.Option(metavar="S", min=1, max=3600, help="Seconds to read for.")
    ] = READ_SECONDS,
    json_to: JsonOption = "",
) -> None:
    """Say how often streams dropped, at which age, and since which version."""
    try:
        folder = Path(logs).expanduser() if logs else None
        found = history(folder, server=server, seconds=limit)
    except NotADirectoryError:
        usage("--logs is no folder. Give the folder that holds a client's logs.")
    try:
        if json_to:
            write(json_to, found.model_dump_json(indent=2))
    except OSError as problem:
        usage(f"{problem.filename} cannot be written ({problem.strerror}).")
    if json_to != "-":
        typer.echo(render_text(found), nl=False)
    raise typer.Exit(0 if found.servers else COULD_NOT_TELL)
