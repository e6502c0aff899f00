"""The report as Markdown: sized for an issue comment, and in parts for a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.model import BugEvidence, LocalEvidence, Status
from streamtriage.redaction import Redactor
from streamtriage.report.facts import (
    EXCHANGE_COLUMNS,
    body,
    exchange_cells,
    exchanges,
    facts,
    question,
)
from streamtriage.report.local_facts import LocalTable, local_tables
from streamtriage.report.markdown_markup import (
    cells,
    code,
    fenced,
    folded,
    plain,
    prose,
    table,
)
from streamtriage.report.story import (
    about,
    checked,
    command,
    evidence_of,
    fixes,
    groups,
    headline,
    notes,
    predictions,
    sentences,
    unmeasured,
    verdict_rows,
    verify,
)
from streamtriage.report.wording import answer, count, duration, size

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from streamtriage.model import Event, Evidence, Exchange, Finding, Report
    from streamtriage.report.story import Group

__all__ = [
    "COMMENT_LIMIT",
    "card_markdown",
    "evidence_markdown",
    "findings_markdown",
    "local_markdown",
    "render_markdown",
]

# Code hosts refuse a comment of more than 65,536 characters.
COMMENT_LIMIT = 60_000
_ROWS_SHOWN = 60


def card_markdown(report: Report) -> str:
    """Render the verdict."""
    return _card(checked(report))


def findings_markdown(report: Report) -> str:
    """Render all findings, one group per status."""
    return _findings(checked(report))


def evidence_markdown(report: Report, probe: str) -> str:
    """Render what one probe saw."""
    seen = Redactor().noun(evidence_of(report, probe))
    if not seen:
        return "This probe did not run, so nothing is known from it.\n"
    return "\n".join(_evidence(each) for each in seen)


def local_markdown(seen: LocalEvidence) -> str:
    """Render what the person's machine says, with or without a triage."""
    return _evidence(Redactor().noun(seen))


def render_markdown(report: Report) -> str:
    """Render the report for an issue comment, without evidence that would not fit."""
    report = checked(report)
    text = "\n".join(_sections(report))
    left_out = []
    for seen in report.evidence:
        title = question(seen.probe)
        part = folded(title, _evidence(seen))
        if len(text) + len(part) > COMMENT_LIMIT:
            left_out.append(title)
        else:
            text += f"\n{part}"
    if left_out:
        text += f"\nToo long for a comment, see the full report: {' '.join(left_out)}\n"
    return text


def _sections(report: Report) -> Iterator[str]:
    yield f"## Stream triage of {code(report.target.url)}\n"
    yield _card(report)
    found = fixes(report)
    if found:
        yield "### What to change\n"
        yield _fixes(report)
    yield "### Causes, judged\n"
    yield _findings(report)
    gaps = unmeasured(report)
    if gaps:
        yield "### Not known\n"
        yield _bullets(gaps)
    yield "### How to verify\n"
    yield f"{prose(report.verdict.next_step or 'Run the triage again.')}\n"
    yield fenced(command(report), "console")
    yield from _texts(report)
    yield folded("What was measured", table(("What", "Value"), cells(about(report))))


def _card(report: Report) -> str:
    first, rest = sentences(report)
    lines = [f"**{headline(report.verdict)}.** {prose(first)}\n"]
    lines += [f"{prose(rest)}\n"] if rest else []
    lines += [f"> **{plain(note)}**\n" for note in notes(report)]
    rows = ((f"**{name}**", prose(value)) for name, value in verdict_rows(report))
    lines.append(table(("The verdict", ""), rows))
    return "\n".join(lines)


def _fixes(report: Report) -> str:
    parts = []
    for place, (finding, fix) in enumerate(fixes(report), 1):
        parts.append(f"**{place}. {plain(fix.where)}** (for {code(finding.cause)})\n")
        parts.append(f"{prose(fix.what)}\n")
        if fix.paste:
            parts.append(fenced(fix.paste))
        parts.append(f"To verify: {plain(verify(fix))}\n")
    return "\n".join(parts)


def _findings(report: Report) -> str:
    parts = [_group(group) for group in groups(report)]
    return "\n".join(parts) or "No cause was judged.\n"


def _group(group: Group) -> str:
    title = f"{group.title}: {count(len(group.findings), 'cause')}"
    if group.status is Status.ABSENT:
        short = ((code(f.cause), prose(f.because)) for f in group.findings)
        return folded(title, table(("Cause", "What was seen"), short))
    columns: tuple[str, ...] = (
        "Cause",
        "What was seen",
        "Whose",
        "What would settle it",
    )
    rows = [_finding_cells(finding) for finding in group.findings]
    if not any(row[-1] for row in rows):
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    return f"**{title}**\n\n{table(columns, rows)}"


def _finding_cells(finding: Finding) -> tuple[str, ...]:
    named = f"{code(finding.cause)} {prose(finding.title)}"
    whose = plain(f"{finding.owner}; {finding.scope}")
    return named, prose(finding.because), whose, prose(finding.settle)


def _bullets(items: Iterable[str]) -> str:
    return "".join(f"- {prose(item)}\n" for item in items)


def _texts(report: Report) -> Iterator[str]:
    if report.intake.error.strip():
        means = plain(report.signature.means)
        yield folded("What was pasted", f"{fenced(report.intake.error)}\n{means}\n")
    parts = [
        f"A {each.client}{' (this is what was pasted)' if each.reproduced else ''}:\n\n"
        + fenced("\n".join(each.lines))
        for each in predictions(report)
    ]
    if parts:
        story = f"{plain(report.predicted_text.story)}\n"
        yield folded("What clients log for this", "\n".join([story, *parts]))


def _evidence(seen: Evidence) -> str:
    parts = []
    rows = facts(seen)
    if rows:
        parts.append(table(("What was found", "Value"), cells(rows)))
    if isinstance(seen, LocalEvidence):
        parts += map(_local_table, local_tables(seen))
    found = exchanges(seen)
    if found:
        parts += [_exchanges(found), *_bodies(found)]
    if isinstance(seen, BugEvidence):
        parts.append(fenced(seen.traceback))
    if seen.timeline:
        parts.append(_timeline(seen.timeline))
    return "\n".join(parts) or "Nothing was recorded.\n"


def _local_table(told: LocalTable) -> str:
    shown = table(told.columns, cells(told.rows))
    if told.folded:
        return folded(f"{told.title}, {count(len(told.rows), 'row')}", shown)
    return f"**{plain(told.title)}**\n\n{shown}"


def _exchanges(seen: Sequence[Exchange]) -> str:
    shown = (exchange_cells(exchange) for exchange in seen[:_ROWS_SHOWN])
    return table(EXCHANGE_COLUMNS, cells(shown)) + _more(seen, "exchange")


def _bodies(seen: Iterable[Exchange]) -> Iterator[str]:
    """Show each refusal's body once, under all requests that it answered."""
    found: dict[str, list[str]] = {}
    for each in seen:
        if not each.accepted and body(each):
            found.setdefault(body(each), []).append(f"{each.label}: {answer(each)}")
    for text, names in found.items():
        yield f"Body of {plain('; '.join(names))}\n\n{fenced(text)}"


def _timeline(events: Sequence[Event]) -> str:
    rows = (
        (
            duration(event.at_s),
            event.kind,
            "" if event.size is None else size(event.size),
            event.detail,
        )
        for event in events[:_ROWS_SHOWN]
    )
    columns = ("After", "What happened", "Size", "Detail")
    title = f"Timeline, {count(len(events), 'moment')}"
    return folded(title, table(columns, cells(rows)) + _more(events, "moment"))


def _more(items: Sequence[object], thing: str) -> str:
    more = len(items) - _ROWS_SHOWN
    return f"\n{count(more, f'more {thing}')} in the full report.\n" if more > 0 else ""
