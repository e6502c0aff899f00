"""`streamtriage signature`: what a text says, without probing."""

from __future__ import annotations

from typing import Annotated

import typer

from streamtriage.commands.options import JsonOption, text_of
from streamtriage.console import write
from streamtriage.error_text import signature

__all__ = ["signature_command"]


def signature_command(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="- for stdin.")],
    json_to: JsonOption = "",
) -> None:
    """Say what an error text or a log says, without probing anything."""
    found = signature.parse(text_of(file))
    if json_to:
        write(json_to, found.model_dump_json(indent=2))
    if json_to != "-":
        typer.echo(found.means)
        statuses = ", ".join(map(str, found.statuses)) or "none"
        typer.echo(f"runtime {found.runtime} · half {found.half} · statuses {statuses}")
