"""The report as one HTML page that needs no network, and as parts for a notebook."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from streamtriage.model import Status
from streamtriage.redaction import Redactor
from streamtriage.report.facts import question
from streamtriage.report.html_evidence import (
    evidence_parts,
    exchange_table,
    fact_table,
    folded,
    table,
)
from streamtriage.report.html_markup import Html, joined, prose, tag
from streamtriage.report.html_pictures import figures
from streamtriage.report.pictures import redacted_pictures, verdict_pictures
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
from streamtriage.report.wording import count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streamtriage.model import Citation, Exchange, Finding, Report
    from streamtriage.report.story import Group

__all__ = [
    "card_html",
    "evidence_html",
    "exchange_table_html",
    "findings_html",
    "render_html",
]

# Colour repeats the word beside it, and the mark says it a third time.
_MARKS = {
    Status.PRESENT: "✗",
    Status.SUSPECTED: "?",
    Status.UNKNOWN: "…",
    Status.ABSENT: "✓",
}


def card_html(report: Report) -> str:
    """Render the verdict as a fragment of plain HTML."""
    return _card(checked(report))


def findings_html(report: Report) -> str:
    """Render all findings, one group per status, as a fragment of plain HTML."""
    return _findings(checked(report))


def evidence_html(report: Report, probe: str) -> str:
    """Render what one probe saw as a fragment of plain HTML."""
    seen = evidence_of(report, probe)
    if not seen:
        return tag("p", "This probe did not run, so nothing is known from it.")
    return joined(evidence_parts(each) for each in Redactor().noun(seen))


def exchange_table_html(
    seen: Sequence[Exchange], caption: str = "What was asked and answered"
) -> str:
    """Render exchanges as one table of plain HTML."""
    return exchange_table(Redactor().noun(tuple(seen)), caption)


def render_html(report: Report) -> str:
    """Render the whole report as one page without script or network."""
    report = checked(report)
    style = files("streamtriage.report").joinpath("page.css").read_text("utf-8")
    title = f"Stream triage: {headline(report.verdict)}"
    head = tag(
        "head",
        Html('<meta charset="utf-8">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html('<meta name="color-scheme" content="light dark">'),
        tag("title", f"{title} — {report.target.url}"),
        tag("style", Html(style)),
    )
    body = tag("body", tag("main", joined(_sections(report))))
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def _sections(report: Report) -> Iterator[str]:
    yield tag("h1", "Stream triage")
    yield tag("p", report.target.url, class_="address")
    yield tag("section", _card(report), class_=f"card {report.verdict.outcome}")
    yield figures(verdict_pictures(report))
    yield _section("What to change", _fixes(report))
    yield _section("Causes, judged", _findings(report))
    yield _section("Not known", _gaps(report))
    yield _section("How to verify", _verification(report))
    yield _section("What was seen", _evidence(report))
    yield _section("What clients log for this", _predicted(report))
    yield _section("What was pasted", _pasted(report))
    yield _section("What was measured", fact_table("The measurement", about(report)))


def _section(title: str, *content: str) -> Html:
    return tag("section", tag("h2", title), *content)


def _card(report: Report) -> Html:
    first, rest = sentences(report)
    warned = [tag("p", tag("strong", note), class_="note") for note in notes(report)]
    title = tag("strong", headline(report.verdict), class_="outcome")
    more = [tag("p", prose(rest))] if rest else []
    return joined(
        [
            tag("p", title, " ", prose(first), class_="summary"),
            *more,
            *warned,
            fact_table("The verdict", verdict_rows(report)),
        ]
    )


def _fixes(report: Report) -> Html:
    found = fixes(report)
    if not found:
        return tag("p", "Nothing, since no cause was shown to be present.")
    items = [
        tag(
            "li",
            tag("strong", fix.where),
            " ",
            tag("span", f"(for {finding.cause})", class_="quiet"),
            tag("p", prose(fix.what)),
            tag("pre", fix.paste) if fix.paste else Html(""),
            tag("p", f"To verify: {verify(fix)}", class_="quiet"),
        )
        for finding, fix in found
    ]
    return tag("ol", joined(items), class_="fixes")


def _findings(report: Report) -> Html:
    found = groups(report)
    if not found:
        return tag("p", "No cause was judged.")
    return joined(_group(group) for group in found)


def _group(group: Group) -> Html:
    title = f"{_MARKS[group.status]} {group.title}"
    number = count(len(group.findings), "cause")
    columns = ["Cause", "What was seen", "Whose", "Sources"]
    rows = [list(_finding_cells(finding)) for finding in group.findings]
    settling = [finding.settle for finding in group.findings]
    if any(settling):
        columns.insert(2, "What would settle it")
        for row, settle in zip(rows, settling, strict=True):
            row.insert(2, settle)
    content = table(f"{title}: {number}", columns, rows, f"findings {group.status}")
    if group.status is Status.ABSENT:
        return folded(f"{title}: {number}", content)
    return content


def _finding_cells(finding: Finding) -> tuple[str, ...]:
    named = joined([tag("code", finding.cause), tag("div", prose(finding.title))])
    owner = f"{finding.owner}; {finding.scope}"
    return (named, finding.because, owner, _sources(finding.citations))


def _sources(citations: Sequence[Citation]) -> Html:
    return joined(tag("div", _source(citation.source)) for citation in citations)


def _source(source: str) -> Html:
    # Only a plain web address becomes a link: a saved report may come from anywhere.
    if source.startswith("https://") and " " not in source:
        return tag("a", source.removeprefix("https://"), href=source, rel="noreferrer")
    return tag("span", source)


def _gaps(report: Report) -> Html:
    items = [tag("li", gap) for gap in unmeasured(report)]
    if not items:
        return tag("p", "Nothing that the probes could have seen was left out.")
    return tag("ul", joined(items))


def _verification(report: Report) -> Html:
    return joined(
        [
            tag("p", prose(report.verdict.next_step or "Run the triage again.")),
            tag("pre", command(report)),
        ]
    )


def _evidence(report: Report) -> Html:
    parts = []
    for seen in report.evidence:
        parts.append(tag("h3", question(seen.probe)))
        parts.append(figures(redacted_pictures(report.evidence, seen.probe)))
        parts.append(evidence_parts(seen))
    return joined(parts or [tag("p", "No probe ran.")])


def _predicted(report: Report) -> Html:
    found = predictions(report)
    if not found:
        return tag("p", "Nothing: no known client would log a line for what was seen.")
    parts: list[str] = [tag("p", report.predicted_text.story)]
    for each in found:
        match = " — this is what was pasted" if each.reproduced else ""
        parts.append(tag("h3", f"A {each.client}{match}"))
        parts.append(tag("pre", "\n".join(each.lines)))
    return joined(parts)


def _pasted(report: Report) -> Html:
    if not report.intake.error.strip():
        return tag("p", "No error text was given.")
    return joined([tag("pre", report.intake.error), tag("p", report.signature.means)])
