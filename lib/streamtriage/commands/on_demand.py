"""Commands that are imported when they are asked for, so that each starts quickly."""

from __future__ import annotations

from importlib import import_module
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from streamtriage.commands.strict import Strict

__all__ = ["COMMANDS", "OnDemand"]

# In the order in which `--help` lists them.
COMMANDS: tuple[tuple[str, str, str], ...] = (
    ("triage", "triage", "triage"),
    ("preflight", "preflight", "preflight_command"),
    ("fleet", "fleet", "fleet"),
    ("runbook", "runbook", "runbook"),
    ("ticket", "ticket", "ticket_command"),
    ("extract", "ticket", "extract_command"),
    ("signature", "signature", "signature_command"),
    ("judge", "triage", "judge"),
    ("snapshot", "machine", "snapshot_command"),
    ("compare", "machine", "compare_command"),
    ("history", "history", "history_command"),
    ("lab", "lab", "lab_command"),
    ("faults", "lists", "faults"),
    ("causes", "lists", "causes"),
    ("schema", "lists", "schema"),
)


class OnDemand(TyperGroup):
    """The commands of `COMMANDS`; `--help` imports them all, a command only its own."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - typer's
        """Return the names in their order."""
        return [name for name, _, _ in COMMANDS]

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:  # noqa: ANN401, ARG002
        """Import a command; None if there is none of that name."""
        for name, module, function in COMMANDS:
            if name == cmd_name:
                return _command(name, module, function)
        # Where a name is misspelt, typer looks here for one that is like it.
        self.commands.update({each[0]: _command(*each) for each in COMMANDS})
        return None


def _command(name: str, module: str, function: str) -> TyperCommand:
    found = import_module(f"streamtriage.commands.{module}")
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name, cls=Strict)(getattr(found, function))
    return cast("TyperCommand", get_command(alone))
