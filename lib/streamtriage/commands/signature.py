"""`streamtriage signature`: what a text says, without probing."""

from __future__ import annotations

from typing import Annotated

import typer

from streamtriage import signature
from streamtriage.commands.options import JsonOption, put, text_of

__all__ = ["signature_command"]


def signature_command(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="- for stdin.")],
    json_to: JsonOption = "",
) -> None:
    """Say what an error text or a log says, without probing anything."""
    found = signature.parse(text_of(file))
    if json_to:
        put(json_to, found.model_dump_json(indent=2))
    if json_to != "-":
        statuses = ", ".join(map(str, found.statuses)) or "none"
        row = f"runtime {found.runtime} · half {found.half} · statuses {statuses}"
        put("-", f"{found.means}\n{row}")
