"""What one probe saw, as plain HTML: facts, exchanges, bodies, headers, timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import BugEvidence, LocalEvidence
from streamtriage.report.facts import (
    EXCHANGE_COLUMNS,
    Row,
    body,
    exchange_cells,
    exchanges,
    facts,
)
from streamtriage.report.html_markup import Html, joined, prose, tag
from streamtriage.report.local_facts import LocalTable, local_tables
from streamtriage.report.wording import answer, count, duration, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streamtriage.model import Event, Evidence, Exchange

__all__ = ["evidence_parts", "exchange_table", "fact_table", "folded", "table"]

_EVENTS_SHOWN = 200
_EXCHANGES_SHOWN = 100
_CELL_LIMIT = 300


def table(
    caption: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    class_: str = "",
) -> Html:
    """Build a table whose first cell names the row."""
    head = tag("tr", *(tag("th", name, scope="col") for name in columns))
    lines = [
        tag(
            "tr",
            tag("th", row[0], scope="row"),
            *(tag("td", _cell(cell)) for cell in row[1:]),
        )
        for row in rows
    ]
    return tag(
        "div",
        tag(
            "table",
            tag("caption", caption),
            tag("thead", head),
            tag("tbody", joined(lines)),
        ),
        class_=f"scroll {class_}".strip(),
        # What scrolls must be reached by the keyboard, and say what it is.
        tabindex="0",
        role="group",
        aria_label=f"Table: {caption}",
    )


def _cell(cell: str) -> Html:
    return cell if isinstance(cell, Html) else prose(cell)


def fact_table(caption: str, rows: Iterable[Row]) -> Html:
    """Build a table of names and values."""
    return table(caption, ("What", "Value"), rows, "facts")


def folded(summary: str, *content: str) -> Html:
    """Build a part that opens on a click and needs no script."""
    return tag("details", tag("summary", summary), *content)


def exchange_table(seen: Sequence[Exchange], caption: str) -> Html:
    """Build the table of exchanges, one a row."""
    shown = seen[:_EXCHANGES_SHOWN]
    more = len(seen) - len(shown)
    rest = [tag("p", f"{count(more, 'more exchange')} not shown.")] if more else []
    cells = (exchange_cells(exchange) for exchange in shown)
    return joined([table(caption, EXCHANGE_COLUMNS, cells, "exchanges"), *rest])


def evidence_parts(seen: Evidence) -> Html:
    """Build everything that one probe saw."""
    found = exchanges(seen)
    parts: list[str] = []
    rows = facts(seen)
    if rows:
        parts.append(fact_table("What was found", rows))
    if isinstance(seen, LocalEvidence):
        parts += map(_local_table, local_tables(seen))
    if found:
        parts.append(exchange_table(found, "What was asked and answered"))
        parts += [_bodies(found), _headers(found)]
    if isinstance(seen, BugEvidence):
        parts.append(tag("pre", seen.traceback))
    if seen.timeline:
        parts.append(_timeline(seen.timeline))
    return joined(parts or [tag("p", "Nothing was recorded.")])


def _local_table(told: LocalTable) -> Html:
    shown = table(told.title, told.columns, told.rows)
    title = f"{told.title}, {count(len(told.rows), 'row')}"
    return folded(title, shown) if told.folded else shown


def _alike(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Gather the names that share one text, so that it is shown once."""
    found: dict[str, list[str]] = {}
    for name, text in pairs:
        if text:
            found.setdefault(text, []).append(name)
    return list(found.items())


def _bodies(seen: Iterable[Exchange]) -> Html:
    pairs = ((f"{e.label}: {answer(e)}", body(e)) for e in seen if not e.accepted)
    parts = [
        joined([tag("p", "; ".join(names)), tag("pre", text)])
        for text, names in _alike(pairs)
    ]
    return folded("Bodies of refusals", *parts) if parts else Html("")


def _headers(seen: Iterable[Exchange]) -> Html:
    def lines(exchange: Exchange) -> str:
        # The clock differs from answer to answer and would keep equal heads apart.
        named = (f"{k}: {v}" for k, v in exchange.headers.items() if k != "date")
        return "\n".join(named)

    parts = [
        joined([tag("p", "; ".join(names)), tag("pre", text)])
        for text, names in _alike((e.label, lines(e)) for e in seen)
    ]
    return folded("Response headers", *parts) if parts else Html("")


def _timeline(events: Sequence[Event]) -> Html:
    rows = [
        (
            duration(event.at_s),
            event.kind,
            "" if event.size is None else size(event.size),
            event.detail[:_CELL_LIMIT],
        )
        for event in events[:_EVENTS_SHOWN]
    ]
    more = len(events) - len(rows)
    caption = "Time since the triage began"
    if more:
        caption += f" ({count(more, 'later moment')} not shown)"
    columns = ("After", "What happened", "Size", "Detail")
    return folded(
        f"Timeline, {count(len(events), 'moment')}",
        table(caption, columns, rows, "timeline"),
    )
