"""What one probe saw, as blocks: facts, exchanges, refusals' bodies, timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.observed import describe_all
from streamtriage.charts import redacted_pictures
from streamtriage.languages import translate
from streamtriage.languages.request_names import request_name
from streamtriage.model import BugEvidence, LocalEvidence
from streamtriage.model.message import tell
from streamtriage.phrases import answer, count, duration, size
from streamtriage.report.document import (
    Code,
    Drawing,
    Fold,
    Paragraph,
    Table,
    facts_table,
)
from streamtriage.report.exchange_rows import (
    EXCHANGE_COLUMNS,
    body,
    exchange_cells,
    exchanges,
)
from streamtriage.report.machine_rows import LocalTable, local_tables
from streamtriage.report.probes import ASKED, facts, question
from streamtriage.wording import said

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from streamtriage.model import Event, Evidence, Exchange, Report
    from streamtriage.report.document import Block, Mark

__all__ = ["evidence_blocks", "probe_folds"]

# More is in the JSON; on a page nobody reads a longer table.
_ROWS_SHOWN = 60
_MOMENTS_SHOWN = 20
_CELL_LIMIT = 300


def probe_folds(report: Report) -> Iterator[Fold]:
    """Return one line a probe, what it saw behind it; those not asked come last."""
    for seen in report.evidence:
        drawn = redacted_pictures(report.evidence, seen.probe)
        pictures = tuple(Drawing(each) for each in drawn)
        mark, says = _result(report, seen)
        blocks = (*pictures, *evidence_blocks(seen))
        yield Fold(question(seen.probe), blocks, mark, says)
    asked = {seen.probe for seen in report.evidence}
    left = [question(name) for name in ASKED if name not in asked]
    if left:
        says = "Nothing gave reason to ask, or it was left out."
        yield Fold("Not asked", (Paragraph(" ".join(map(translate, left))),), "–", says)


def _result(report: Report, seen: Evidence) -> tuple[Mark, str]:
    """Return the mark of a probe, and what weighs in what it saw, or what it did."""
    own = [each for each in report.observations if each.probe == seen.probe]
    weighs = [each for each in own if each.weight.counts]
    if isinstance(seen, BugEvidence):
        return "✗", "A fault of this tool."
    if weighs:
        return "✗", said(describe_all(weighs, most=1))
    if seen.skipped:
        return "–", seen.skipped
    found = exchanges(seen)
    if seen.failure:
        return "✗", facts(seen)[0].value
    asked = count(len(found), "request")
    return "✓", translate("{asked}.", asked=asked) if found else ""


def evidence_blocks(seen: Evidence) -> tuple[Block, ...]:
    """Return everything that one probe saw."""
    return tuple(_blocks(seen)) or (Paragraph("Nothing was recorded."),)


def _blocks(seen: Evidence) -> Iterator[Block]:
    rows = facts(seen)
    if rows:
        yield facts_table("What was found", rows)
    if isinstance(seen, LocalEvidence):
        yield from map(_local_table, local_tables(seen))
    found = exchanges(seen)
    if found:
        yield _exchanges(found)
        yield from _bodies(found)
    if isinstance(seen, BugEvidence):
        yield Code(seen.traceback)
    if seen.timeline:
        yield _timeline(seen.timeline)


def _local_table(told: LocalTable) -> Block:
    shown = Table(told.title, told.columns, told.rows)
    title = f"{told.title}, {count(len(told.rows), 'row')}"
    return Fold(title, (shown,)) if told.folded else shown


def _exchanges(seen: Sequence[Exchange]) -> Table:
    rows = tuple(exchange_cells(each) for each in seen[:_ROWS_SHOWN])
    caption = tell("report.seen.exchanges.caption", more=_more(len(seen), _ROWS_SHOWN))
    return Table(caption, EXCHANGE_COLUMNS, rows, "exchanges")


def _bodies(seen: Iterable[Exchange]) -> Iterator[Block]:
    """Show each refusal's body once, under all requests that it answered."""
    found: dict[str, list[str]] = {}
    for each in seen:
        if not each.accepted and body(each):
            named = f"{request_name(each.label)}: {answer(each)}"
            found.setdefault(body(each), []).append(named)
    for text, names in found.items():
        yield Paragraph(tell("report.seen.bodies", join="; ".join(names)))
        yield Code(text)


def _timeline(events: Sequence[Event]) -> Fold:
    rows = tuple(
        (
            duration(event.at_s),
            event.kind,
            "" if event.size is None else size(event.size),
            _detail(event)[:_CELL_LIMIT],
        )
        for event in events[:_MOMENTS_SHOWN]
    )
    more = _more(len(events), _MOMENTS_SHOWN)
    caption = tell("report.seen.timeline.caption", more=more)
    columns = ("After", "What happened", "Size", "Detail")
    title = tell("report.seen.timeline.title", count=count(len(events), "moment"))
    return Fold(title, (Table(caption, columns, rows, "timeline"),))


def _detail(event: Event) -> str:
    """Return the detail of a moment; the request that it is of stands in brackets."""
    if not event.request:
        return event.detail
    named = request_name(event.request)
    # The moment of a request says its method and its name before the brackets.
    said = translate(event.detail.strip().replace(event.request, named))
    return f"{said} [{named}]" if said else f"[{named}]"


def _more(number: int, shown: int) -> str:
    more = number - shown
    return tell("report.seen.more", more=more) if more > 0 else ""
