"""What the panes of a comparison say, as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streamtriage.apps.compare.inputs import about
from streamtriage.apps.triage.run_words import run_named
from streamtriage.comparison import compare_reports, compare_snapshots, only_in_one
from streamtriage.error_text import parse
from streamtriage.languages import translate
from streamtriage.markup.markdown import cells, fenced, folded, prose, table
from streamtriage.model import Report
from streamtriage.report.story import command
from streamtriage.workstation.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.apps.compare.inputs import Side
    from streamtriage.model import Comparable

__all__ = ["Compared", "again", "change", "compared", "differences", "of_runs", "sides"]

_SHOWN = 15


class Compared(NamedTuple):
    """Two sides of one kind, and what was found between them.

    Sides that looked swapped are in their right order.
    """

    broken: Side
    working: Side
    says: str
    first: str
    rows: tuple[tuple[str, str, str, str], ...]
    notes: tuple[str, ...]
    fit: Comparable


def compared(
    broken: Side, working: Side, error: str, *, same_service: bool = False
) -> Compared:
    """Compare two sides of one kind; `error` counts for snapshots, which have none."""
    if isinstance(broken, Snapshot) and isinstance(working, Snapshot):
        told = parse.parse(error) if error.strip() else None
        found = compare_snapshots(broken, working, told)
    else:
        assert isinstance(broken, Report)
        assert isinstance(working, Report)
        found = compare_reports(broken, working, same_service=same_service)
    gaps = only_in_one(found)
    return Compared(
        *_in_order(broken, working, found.comparable),
        found.says,
        found.change_first,
        tuple((d.what, d.broken, d.working, d.why) for d in found.differences),
        (*found.notes, *([gaps] if gaps else ())),
        found.comparable,
    )


def _in_order(broken: Side, working: Side, fit: Comparable) -> tuple[Side, Side]:
    return (working, broken) if fit.swapped else (broken, working)


def sides(found: Compared) -> str:
    """Show whether the two can be compared, and which they are."""
    pairs = zip(about(found.broken), about(found.working), strict=True)
    rows = [(one.name, one.value, other.value) for one, other in pairs]
    shown = table(("", translate("Failing"), translate("Working")), cells(rows))
    return f"{_fitness(found)}\n{shown}"


def of_runs(found: Compared) -> str:
    """Name the two that a pane is of, in a line above it."""
    named = {"broken": _named(found.broken), "working": _named(found.working)}
    if isinstance(found.broken, Report) and found.broken.rehearsal:
        told = translate("REHEARSAL. {broken}, beside {working}.", **named)
    else:
        told = translate("{broken}, beside {working}.", **named)
    return f"_{prose(told)}_\n\n"


def _named(side: Side) -> str:
    if isinstance(side, Report):
        return run_named(side)
    return translate(
        "Snapshot of {at:%Y-%m-%d %H:%M:%S} UTC, {machine}",
        at=side.taken_at,
        machine=side.label or translate("of a machine without a name"),
    )


def _fitness(found: Compared) -> str:
    if not found.fit.says:
        return translate("The two can be compared.\n")
    says = f"**{prose(found.fit.says)}**"
    if found.fit.fitness != "two-servers" or isinstance(found.broken, Snapshot):
        return f"{says}\n"
    how = translate(
        "If it is one service, tick **Two addresses of one service** in the form, or "
        "set `same_service = True`."
    )
    return f"{says} {how}\n"


def differences(found: Compared) -> str:
    """Show what differs, the most telling first."""
    said = f"**{prose(found.says)}**\n\n" if not found.rows else ""
    columns = (
        translate("Rank"),
        translate("What differs"),
        translate("Failing"),
        translate("Working"),
        translate("Why it may matter"),
    )
    ranked = [(str(rank), *row) for rank, row in enumerate(found.rows, 1)]
    shown = table(columns, cells(ranked[:_SHOWN])) if ranked else ""
    rest = _rest(columns, ranked[_SHOWN:])
    notes = "".join(f"- {prose(note)}\n" for note in found.notes)
    return f"{said}{shown}\n{rest}\n{notes}"


def change(found: Compared) -> str:
    """Show the one change to try."""
    if found.first:
        alone = translate("Change this, and nothing else beside it.\n")
        return f"**{prose(found.first)}**\n\n{alone}"
    if not found.fit.is_fit:
        return translate("Nothing yet. {says}\n", says=prose(found.fit.says))
    return translate("Nothing that differs can be changed by hand.\n")


def again(found: Compared) -> str:
    """Show what to run after the change."""
    if isinstance(found.broken, Report) and found.broken.rehearsal:
        return translate(
            "This was a rehearsal, and its servers are gone. With "
            "reports of your own a command stands here that asks the "
            "failing one again.\n"
        )
    if isinstance(found.broken, Report):
        return fenced(command(found.broken), "console")
    how = translate(
        "Run the smallest action that failed, on the machine that failed, then write "
        "down what it says now:"
    )
    return f"{how}\n\n{fenced('streamtriage snapshot --json after.json')}"


def _rest(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return ""
    return folded(
        translate("{rows} more, less telling", rows=len(rows)),
        table(columns, cells(rows)),
    )
