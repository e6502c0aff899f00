"""Commands that are imported when they are asked for, so that each starts quickly."""

from __future__ import annotations

from importlib import import_module
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

__all__ = ["COMMANDS", "OnDemand"]

FIND_OUT, SHARE, LEARN = "Find out", "Share", "Learn"
# In the order in which `--help` lists them, a group after the other.
# Name, module, function, what the function's first paragraph says, and the group.
COMMANDS: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "triage",
        "apps.triage.command",
        "triage",
        "Probe a server and say what cut the stream and what refused to reopen it.",
        FIND_OUT,
    ),
    (
        "check",
        "apps.triage.check_command",
        "check",
        "Ask again only what a report's first cause rests on, and say if it is mended.",
        FIND_OUT,
    ),
    (
        "preflight",
        "apps.preflight.command",
        "preflight_command",
        "Say in seconds whether a server is fit to depend on: exit code 0, 1 or 3.",
        FIND_OUT,
    ),
    (
        "fleet",
        "apps.fleet.command",
        "fleet",
        "Triage many servers from many vantage points, and compare what was seen.",
        FIND_OUT,
    ),
    (
        "history",
        "apps.history.command",
        "history_command",
        "Say how often streams dropped, at which age, and since which version.",
        FIND_OUT,
    ),
    (
        "compare",
        "apps.compare.command",
        "compare_command",
        "Say what differs between two snapshots or two reports, and what to change.",
        FIND_OUT,
    ),
    (
        "signature",
        "commands.signature",
        "signature_command",
        "Say what an error text or a log says, without probing anything.",
        FIND_OUT,
    ),
    (
        "judge",
        "apps.triage.command",
        "judge",
        "Judge a saved report again, without a network.",
        FIND_OUT,
    ),
    (
        "runbook",
        "apps.triage.runbook_command",
        "runbook",
        "Run runbooks/triage.ipynb headless and keep it as notebook, HTML and JSON.",
        SHARE,
    ),
    (
        "ticket",
        "apps.triage.ticket_command",
        "ticket_command",
        "Make the ticket of an executed runbook: HTML, Markdown, the notebook, a zip.",
        SHARE,
    ),
    (
        "extract",
        "apps.triage.ticket_command",
        "extract_command",
        "Give the report back that a ticket (notebook, HTML, zip) carries, as JSON.",
        SHARE,
    ),
    (
        "snapshot",
        "apps.compare.command",
        "snapshot_command",
        "Write down what this machine says of its MCP clients, without a secret.",
        SHARE,
    ),
    (
        "schema",
        "commands.lists",
        "schema",
        "Print the JSON Schema of the report.",
        SHARE,
    ),
    (
        "rehearse",
        "apps.triage.rehearse_command",
        "rehearse",
        "Rehearse: triage a server of this tool's own that has one fault.",
        LEARN,
    ),
    (
        "lab",
        "commands.lab",
        "lab_command",
        "Serve one faulty (or healthy) MCP server on loopback, until Ctrl-C.",
        LEARN,
    ),
    (
        "faults",
        "commands.lists",
        "faults",
        "List what the lab can serve.",
        LEARN,
    ),
    (
        "causes",
        "commands.lists",
        "causes",
        "List the causes that this tool knows, most specific first.",
        LEARN,
    ),
)


class OnDemand(TyperGroup):
    """The commands of `COMMANDS`: only the one that is asked for is imported."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401, ARG002 - typer's
        """Return the names in their order."""
        return [each[0] for each in COMMANDS]

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | None:  # noqa: ANN401, ARG002
        """Import a command; None if there is none of that name."""
        for name, module, function, says, group in COMMANDS:
            if name == cmd_name and self._listing:
                return TyperCommand(name, help=says, rich_help_panel=group)
            if name == cmd_name:
                return _command(name, module, function, group)
        # Where a name is misspelt, typer looks here for one that is like it.
        self.commands.update({each[0]: TyperCommand(each[0]) for each in COMMANDS})
        return None

    def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401 - typer's
        """Write the help, for which no command need be imported."""
        self._listing = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self._listing = False

    _listing = False


def _command(name: str, module: str, function: str, group: str) -> TyperCommand:
    from streamtriage.commands.strict import Strict  # noqa: PLC0415 - brings the model

    found = import_module(f"streamtriage.{module}")
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name, cls=Strict, rich_help_panel=group)(getattr(found, function))
    return cast("TyperCommand", get_command(alone))
