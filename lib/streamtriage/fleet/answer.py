"""A fleet's answer: which causes to mend, how many servers each has, and whose."""

from __future__ import annotations

import csv
import io
from collections import Counter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from streamtriage.fleet.pipeline import compared
from streamtriage.languages import translate
from streamtriage.markup.html import tag
from streamtriage.model import Status
from streamtriage.model.message import told
from streamtriage.phrases import count
from streamtriage.report.document import Bullets, Fold, Heading, Link, Paragraph, Table
from streamtriage.report.html import blocks_html, page
from streamtriage.report.markdown import blocks_markdown
from streamtriage.wording import cause_title

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from streamtriage.fleet.row import Row
    from streamtriage.model import Impact, Outcome, Owner
    from streamtriage.report.document import Block

__all__ = [
    "SYMBOLS",
    "WORDS",
    "Group",
    "counted",
    "differing",
    "example_page",
    "fault_of",
    "fleet_csv",
    "fleet_html",
    "fleet_markdown",
    "grouped",
    "whose",
    "words",
]

# A verdict is never told by colour alone.
SYMBOLS: dict[Outcome, str] = {
    "healthy": "✓",
    "cause-present": "✗",
    "not-reproduced": "○",
    "could-not-tell": "?",
    "tool-fault": "!",
}
WORDS: dict[Outcome, str] = {
    "healthy": "nothing is wrong",
    "cause-present": "a cause was found",
    "not-reproduced": "the pasted error did not come up",
    "could-not-tell": "could not tell",
    "tool-fault": "the tool itself failed",
}


def words(outcome: Outcome) -> str:
    """Return an outcome in a few words, in the language spoken."""
    return translate(WORDS[outcome])


_WORST_FIRST: tuple[Impact, ...] = (
    *("fatal", "degraded", "unknown", "cosmetic", "none"),
)
_SURE_FIRST = (Status.PRESENT, Status.SUSPECTED, Status.UNKNOWN)
_NOT_KNOWN = "not known"
_NAMES_SHOWN = 200


class Group(NamedTuple):
    """The rows that share a first cause; the first of them is the example.

    `sure` is present, suspected, or unknown where `cause` is only why not.
    """

    cause: str
    sure: Status
    impact: Impact
    owner: Owner | None
    rows: tuple[Row, ...]

    @property
    def title(self) -> str:
        """What the cause is called in a sentence; "" for what is none."""
        return cause_title(self.cause)


def fault_of(row: Row) -> str:
    """Return what stands beside the symbol of a row: its causes, or why none."""
    if row.why:
        return translate(row.why)
    if not row.causes and row.suspected:
        return translate("suspected: {causes}", causes=", ".join(row.suspected))
    return ", ".join(row.causes) or words(row.outcome)


def counted(rows: Sequence[Row]) -> str:
    """Say how many rows have which verdict."""
    counts = Counter(row.outcome for row in rows)
    told = (f"{SYMBOLS[o]} {counts[o]} {words(o)}" for o in WORDS if counts[o])
    return translate(
        "{rows}: {outcomes}.", rows=count(len(rows), "row"), outcomes="; ".join(told)
    )


def grouped(rows: Sequence[Row]) -> tuple[Group, ...]:
    """Return what is wrong, by first cause: the worst impact, the most rows first."""
    found: dict[tuple[str, Status], list[Row]] = {}
    for row in sorted(rows, key=lambda row: row.key):
        if row.outcome != "healthy":
            found.setdefault(_first(row), []).append(row)
    groups = [_group(cause, sure, tuple(own)) for (cause, sure), own in found.items()]
    return tuple(
        sorted(
            groups,
            key=lambda g: (
                _WORST_FIRST.index(g.impact),
                _SURE_FIRST.index(g.sure),
                -len(g.rows),
                g.cause,
            ),
        )
    )


def _first(row: Row) -> tuple[str, Status]:
    if not row.why and row.causes:
        return row.causes[0], Status.PRESENT
    if not row.why and row.suspected:
        return row.suspected[0], Status.SUSPECTED
    return row.why or WORDS[row.outcome], Status.UNKNOWN


def _group(cause: str, sure: Status, rows: tuple[Row, ...]) -> Group:
    worst = min((row.impact for row in rows), key=_WORST_FIRST.index)
    owners = Counter(row.owner for row in rows if row.owner)
    owner = owners.most_common(1)[0][0] if owners else None
    # The example is one that others can read: with a report, of the worst impact.
    ranked = sorted(rows, key=lambda row: (not row.report, row.impact != worst))
    return Group(cause, sure, worst, owner, tuple(ranked))


def differing(folder: Path, rows: Sequence[Row]) -> tuple[tuple[str, str], ...]:
    """Return what only several vantage points together tell, a target a row."""
    return tuple(
        (
            each.target,
            translate(
                "{title} ({status}). {because}",
                title=translate(finding.title),
                status=translate(str(finding.status)),
                because=told(finding.message, finding.because),
            ),
        )
        for each in compared(folder, rows)
        for finding in each.leading
    )


def example_page(row: Row, beside: str) -> str:
    """Return where the page of a row's report lies, for a page of that name."""
    name = PurePosixPath(row.report).stem
    return f"{PurePosixPath(beside).stem}-rows/{name}.html" if name else ""


def fleet_html(folder: Path, rows: Sequence[Row], name: str) -> str:
    """Render the page; it leads to those of the examples, which lie beside `name`."""
    title = translate("Triage of a fleet")
    blocks = blocks_html(_blocks(folder, rows, name))
    return page(title, tag("h1", title), tag("section", blocks, class_="fleet"))


def fleet_markdown(folder: Path, rows: Sequence[Row]) -> str:
    """Render the same for an issue or a wiki."""
    title = translate("Triage of a fleet")
    return f"## {title}\n\n{blocks_markdown(_blocks(folder, rows))}"


def fleet_csv(rows: Sequence[Row]) -> str:
    """Return one line a cause, for a sheet."""
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\n").writerow
    write(("cause", "status", "rows", "impact", "owner", "example", "url", "report"))
    for group in grouped(rows):
        first = group.rows[0]
        sure = _NOT_KNOWN if group.sure is Status.UNKNOWN else str(group.sure)
        owner = whose(group.owner)
        known = (group.cause, sure, len(group.rows), group.impact, owner)
        write(_plain(each) for each in (*known, first.name, first.url, first.report))
    return text.getvalue()


def _plain(value: object) -> str:
    """Keep a sheet from taking a name for a formula."""
    text = str(value)
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t")) else text


def _blocks(folder: Path, rows: Sequence[Row], name: str = "") -> Iterator[Block]:
    yield Paragraph(counted(rows), "strong")
    groups = grouped(rows)
    if groups:
        columns = (
            translate("Cause"),
            translate("Rows"),
            translate("Does it matter"),
            translate("Owner"),
            translate("Example"),
        )
        table = tuple(_cells(group, name) for group in groups)
        yield Table(translate("What to mend, the worst first"), columns, table)
    across = differing(folder, rows)
    if across:
        yield Heading(translate("What differs between vantage points"))
        caption = translate("The same server, seen from several places")
        heads = (translate("Target"), translate("What differs"))
        yield Table(caption, heads, across)
    for group in groups:
        named = tuple(
            translate(
                "{name} from {vantage}: {url}",
                name=row.name,
                vantage=row.vantage,
                url=row.url,
            )
            for row in group.rows
        )
        shown = Bullets(named[:_NAMES_SHOWN])
        more = len(named) - _NAMES_SHOWN
        rest_says = translate("{n} more in the table of rows.", n=more)
        rest = (Paragraph(rest_says),) if more > 0 else ()
        yield Fold(f"{group.cause}: {count(len(named), 'row')}", (shown, *rest))
    kept = translate(
        "Kept in {folder}: fleet.parquet, fleet.jsonl, reports/.", folder=folder
    )
    yield Paragraph(kept, "quiet")


def _cells(group: Group, name: str) -> tuple[str | Link, ...]:
    cause = f"`{group.cause}`" if group.title else group.cause
    sure = f" ({translate('suspected')})" if group.sure is Status.SUSPECTED else ""
    said = f"{cause}{sure} {group.title}".strip()
    first = group.rows[0]
    where = example_page(first, name) if name else ""
    example = Link(first.name, where) if where else first.name
    impact, owner = translate(group.impact), _translated_owner(group.owner)
    return said, str(len(group.rows)), impact, owner, example


def whose(owner: Owner | None) -> str:
    """Return in English whose it is to mend."""
    return f"the {owner}" if owner else _NOT_KNOWN


def _translated_owner(owner: Owner | None) -> str:
    if owner is None:
        return translate(_NOT_KNOWN)
    return translate("the {owner}", owner=translate(owner))
