"""`streamtriage snapshot` and `compare`: what a machine says, and what differs."""

from __future__ import annotations

from typing import Annotated

import typer
from pydantic import ValidationError

from streamtriage import signature
from streamtriage.client import Snapshot, compare, snapshot
from streamtriage.commands.options import JsonOption, text_of, usage
from streamtriage.console import write

__all__ = ["compare_command", "snapshot_command"]


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
        usage(f"{problem.filename} cannot be written ({problem.strerror}).")


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
        lines = (
            f"- {each.what}: {each.broken} / {each.working}. {each.why}"
            for each in found.differences
        )
        write("-", "\n".join((found.says, *lines)))


def _saved(name: str) -> Snapshot:
    try:
        return Snapshot.model_validate_json(text_of(name))
    except ValidationError as problem:
        first = problem.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the start"
        usage(f"{name} is no snapshot of this tool: at {where}: {first['msg']}.")
