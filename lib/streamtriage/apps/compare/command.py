"""`streamtriage snapshot` and `compare`: what a machine says, and what differs."""

from __future__ import annotations

import json
from typing import Annotated, TypeVar

import typer
from pydantic import ValidationError

from streamtriage.commands.language import LanguageOption
from streamtriage.commands.options import (
    JsonOption,
    file_of,
    put,
    too_long,
    usage,
)
from streamtriage.comparison import (
    Comparison,
    UnlikeReportsError,
    compare_reports,
    compare_snapshots,
    only_in_one,
)
from streamtriage.error_text import parse
from streamtriage.exit_codes import COULD_NOT_TELL
from streamtriage.languages import speaking, spoken, translate
from streamtriage.letting_in import read_checked
from streamtriage.model import Report
from streamtriage.own_process import TooLongError, look_apart
from streamtriage.refusal import why_invalid
from streamtriage.workstation.snapshot import Snapshot, snapshot

__all__ = ["compare_command", "snapshot_command"]

N = TypeVar("N", Snapshot, Report)
_KINDS: dict[type[Snapshot | Report], str] = {
    Snapshot: "a snapshot",
    Report: "a report",
}


def _kind(kind: type[Snapshot | Report]) -> str:
    """Return what a file is, in words."""
    return translate(_KINDS[kind])


def snapshot_command(
    json_to: JsonOption = "-",
    label: Annotated[str, typer.Option(help="What to call this machine.")] = "",
    hide_hosts: Annotated[
        bool, typer.Option("--hide-hosts", help="Also hide the servers' names.")
    ] = False,
) -> None:
    """Write down what this machine says of its MCP clients, without a secret."""
    try:
        local = look_apart()
    except TooLongError as problem:
        too_long(problem)
    found = snapshot(local, label=label, hide_hosts=hide_hosts)
    put(json_to, found.model_dump_json(indent=2))


def compare_command(
    broken: Annotated[str, typer.Argument(metavar="BROKEN.json")],
    working: Annotated[str, typer.Argument(metavar="WORKING.json")],
    error: Annotated[str, typer.Option(help="The text that was printed.")] = "",
    same_service: Annotated[
        bool,
        typer.Option(
            "--same-service", help="The two addresses are one service, in two ways."
        ),
    ] = False,
    json_to: JsonOption = "",
    lang: LanguageOption = "",
) -> None:
    """Say what differs between two snapshots or two reports, and what to change.

    Whether the two can be compared at all is said first; exit code 3 where they cannot.
    """
    one, other = _saved(broken), _saved(working)
    if error and isinstance(one, Report) and isinstance(other, Report):
        usage(translate("--error is for snapshots; a report has its own error text."))
    try:
        found = _compared(one, other, error, same_service=same_service)
    except UnlikeReportsError as problem:
        usage(str(problem))
    if found is None:
        usage(
            translate(
                "{broken} is {broken_kind} and {working} is {working_kind}; give two "
                "of one kind: two snapshots of machines, or two reports of "
                "triages.",
                broken=broken,
                broken_kind=_kind(type(one)),
                working=working,
                working_kind=_kind(type(other)),
            )
        )
    if json_to:
        written = found
        if spoken() != "en":
            # What is kept is English, so that programs may compare it.
            with speaking("en"):
                again = _compared(one, other, error, same_service=same_service)
            written = again or found
        put(json_to, written.model_dump_json(indent=2))
    if json_to != "-":
        put("-", "\n".join(_lines(found)))
    if not found.comparable.is_fit:
        raise typer.Exit(COULD_NOT_TELL)


def _compared(
    one: Snapshot | Report, other: Snapshot | Report, error: str, *, same_service: bool
) -> Comparison | None:
    """Compare two of one kind; None where they are not."""
    if isinstance(one, Report) and isinstance(other, Report):
        return compare_reports(one, other, same_service=same_service)
    if isinstance(one, Snapshot) and isinstance(other, Snapshot):
        told = parse.parse(error) if error else None
        return compare_snapshots(one, other, told)
    return None


def _lines(found: Comparison) -> list[str]:
    lines = [found.says]
    if found.comparable.fitness == "two-servers":
        lines.append(translate("If it is one service, say so with --same-service."))
    lines += found.notes
    lines += [
        f"{one.rank}. {one.what} ({translate(one.kind)}): {one.broken} / "
        f"{one.working}. {one.why}"
        for one in found.differences
    ]
    gaps = only_in_one(found)
    return [*lines, gaps] if gaps else lines


def _saved(name: str) -> Snapshot | Report:
    """Read a snapshot or a report; the field that only one of them has tells."""
    text = file_of(name)
    try:
        given = json.loads(text)
    except (ValueError, RecursionError):
        usage(
            translate(
                "{name} is no JSON, so neither a snapshot nor a report of this tool.",
                name=name,
            )
        )
    if isinstance(given, dict) and "snapshot_version" in given:
        return _read(name, text, Snapshot)
    if not (isinstance(given, dict) and "schema_version" in given):
        usage(translate("{name} is no snapshot and no report of this tool.", name=name))
    return _read(name, text, Report)


def _read(name: str, text: str, kind: type[N]) -> N:
    try:
        return read_checked(kind, text)
    except ValidationError as problem:
        usage(
            translate(
                "{name} is {kind} that cannot be read: {problem}.",
                name=name,
                kind=_kind(kind),
                problem=why_invalid(problem),
            )
        )
