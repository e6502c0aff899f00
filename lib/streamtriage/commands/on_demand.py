"""Commands that are imported when they are asked for, so that each starts quickly."""

from __future__ import annotations

from importlib import import_module
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from streamtriage.commands.strict import Strict

__all__ = ["COMMANDS", "OnDemand"]

FIND_OUT, SHARE, LEARN = "Find out", "Share", "Learn"
# In the order in which `--help` lists them, a group after the other.
COMMANDS: tuple[tuple[str, str, str, str], ...] = (
    ("triage", "triage", "triage", FIND_OUT),
    ("check", "check", "check", FIND_OUT),
    ("preflight", "preflight", "preflight_command", FIND_OUT),
    ("fleet", "fleet", "fleet", FIND_OUT),
    ("history", "history", "history_command", FIND_OUT),
    ("compare", "machine", "compare_command", FIND_OUT),
    ("signature", "signature", "signature_command", FIND_OUT),
    ("judge", "triage", "judge", FIND_OUT),
    ("runbook", "runbook", "runbook", SHARE),
    ("ticket", "ticket", "ticket_command", SHARE),
    ("extract", "ticket", "extract_command", SHARE),
    ("snapshot", "machine", "snapshot_command", SHARE),
    ("schema", "lists", "schema", SHARE),
    ("rehearse", "rehearse", "rehearse", LEARN),
    ("lab", "lab", "lab_command", LEARN),
    ("faults", "lists", "faults", LEARN),
    ("causes", "lists", "causes", LEARN),
)


class OnDemand(TyperGroup):
    """The commands of `COMMANDS`; `--help` imports them all, a command only its own."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - typer's
        """Return the names in their order."""
        return [each[0] for each in COMMANDS]

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:  # noqa: ANN401, ARG002
        """Import a command; None if there is none of that name."""
        for each in COMMANDS:
            if each[0] == cmd_name:
                return _command(*each)
        # Where a name is misspelt, typer looks here for one that is like it.
        self.commands.update({each[0]: _command(*each) for each in COMMANDS})
        return None


def _command(name: str, module: str, function: str, group: str) -> TyperCommand:
    found = import_module(f"streamtriage.commands.{module}")
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name, cls=Strict, rich_help_panel=group)(getattr(found, function))
    return cast("TyperCommand", get_command(alone))
