"""The ticket as an issue comment: the verdict first, and short enough to be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import Status
from streamtriage.redaction import Redactor
from streamtriage.report.facts import EXCHANGE_COLUMNS, exchange_cells, exchanges
from streamtriage.report.markdown import card_markdown
from streamtriage.report.markdown_markup import (
    cells,
    code,
    fenced,
    folded,
    plain,
    prose,
    table,
)
from streamtriage.report.operator import operator_markdown
from streamtriage.report.story import about, checked, predictions, unmeasured
from streamtriage.report.wording import count

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streamtriage.model import Report

__all__ = ["COMMENT_LIMIT", "SIZE_WANTED", "introduction", "summary"]

# What people read; code hosts refuse more than 65,536.
SIZE_WANTED = 8_000
COMMENT_LIMIT = 60_000
_ROWS_SHOWN = 8
# Of these four columns a reader learns what was refused, and by what.
_COLUMNS = (0, 1, 5, 7)


def introduction(report: Report, remarks: Iterable[str] = ()) -> str:
    """Render what stands at the top of every form: the verdict, then the change."""
    url = Redactor().url(report.target.url)
    warned = "".join(f"> {plain(each)}\n>\n" for each in remarks)
    return "\n".join(
        (
            f"## Stream triage of {code(url)}\n",
            warned,
            card_markdown(report),
            operator_markdown(report),
        )
    )


def summary(report: Report, top: str = "", files: str = "") -> str:
    """Render the comment under its introduction; `files` says what is attached to it.

    Parts that would not fit into 8,000 characters are left out and named. The verdict
    and the change are never left out.
    """
    report = checked(report)
    text = top or introduction(report)
    left_out = []
    ending = _ending(report, files)
    for title, content in _parts(report):
        part = f"\n{folded(title, content)}"
        if len(text) + len(part) + len(ending) > SIZE_WANTED:
            left_out.append(title)
        else:
            text += part
    if left_out:
        text += f"\nLeft out here for its length: {plain('; '.join(left_out))}.\n"
    return text[: COMMENT_LIMIT - len(ending)] + ending


def _parts(report: Report) -> Iterator[tuple[str, str]]:
    if report.intake.error.strip():
        yield "What was pasted", fenced(report.intake.error[:1500])
    leading = [f for f in report.findings if f.status is Status.PRESENT]
    if leading:
        rows = ((code(f.cause), prose(f.because)) for f in leading)
        yield "Why", table(("Cause", "What was seen"), rows)
    yield from _seen(report)
    gaps = unmeasured(report)
    if gaps:
        yield "Not known", "".join(f"- {prose(gap)}\n" for gap in gaps)
    rows_about = cells(about(report))
    yield "What was measured", table(("What", "Value"), rows_about)
    for each in predictions(report)[:1]:
        yield f"What a {each.client} logs for this", fenced("\n".join(each.lines))


def _seen(report: Report) -> Iterator[tuple[str, str]]:
    """Show the exchanges of the probes that the leading cause rests on."""
    lead = next((f for f in report.findings if f.cause in report.verdict.causes), None)
    wanted = lead.rests_on if lead else ("handshake", "open")
    columns = [EXCHANGE_COLUMNS[place] for place in _COLUMNS]
    for seen in report.evidence:
        found = exchanges(seen)
        if seen.probe not in wanted or not found:
            continue
        shown = [exchange_cells(each) for each in found[:_ROWS_SHOWN]]
        rows = ([row[place] for place in _COLUMNS] for row in shown)
        more = len(found) - len(shown)
        rest = f"\n{count(more, 'more exchange')} in the report.\n" if more else ""
        yield f"What the probe {seen.probe} saw", table(columns, cells(rows)) + rest


def _ending(report: Report, files: str) -> str:
    tool = plain(f"{report.tool.name} {report.tool.version}")
    attached = f" {prose(files)}" if files else ""
    return (
        f"\nWritten by {tool}.{attached} To judge it again with a newer version: "
        "`streamtriage extract TICKET | streamtriage judge -`.\n"
    )
