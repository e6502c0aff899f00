"""The files of a ticket: HTML, Markdown, the notebook itself, and a zip of all."""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import nbformat

from streamtriage.languages import LANGUAGES, translate
from streamtriage.letting_in import checked, shipped_lines
from streamtriage.model.catalogue import saved_json
from streamtriage.notebook import export
from streamtriage.notebook.paths import runbook_paths
from streamtriage.notebook.prose import in_language
from streamtriage.notebook.untrusted_notebook import (
    notebook_content,
    rebuilt,
    rehearsed,
    remarks_on,
)
from streamtriage.outbox import Outbox
from streamtriage.redaction import values_of
from streamtriage.report.html import page_of
from streamtriage.report.json_schema import schema_text
from streamtriage.report.markdown import comment_of
from streamtriage.report.sections import document_of
from streamtriage.ticket import NotATicketError, attachment
from streamtriage.ticket.archive import REPORT_NAME, SCHEMA_NAME, archived
from streamtriage.ticket.envelope import armoured
from streamtriage.ticket.extraction import from_notebook
from streamtriage.ticket.files_in import decoded, load
from streamtriage.ticket.final_scan import LastLook
from streamtriage.ticket.mime import MIMETYPE

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from streamtriage.model import Report
    from streamtriage.report.document import Document

__all__ = ["HTML_LIMIT", "Ticket", "make_ticket", "written"]

# What ticket systems take without asking, and mail servers with the rest.
HTML_LIMIT = 1_000_000


@dataclass(frozen=True)
class Ticket:
    """A ticket's files by their names, and what to tell whoever asked for it.

    `hidden` counts places where the last look still found something like a secret.
    """

    files: Mapping[str, bytes]
    report: Report
    remarks: tuple[str, ...]
    hidden: int


def make_ticket(path: Path, environ: Mapping[str, str] | None = None) -> Ticket:
    """Make the ticket of an executed runbook; equal notebooks give equal bytes.

    Values of the variables that the report names are hidden wherever they stand. Raises
    NotATicketError, in words, if the notebook holds no report, and OSError.
    """
    content = notebook_content(_notebook_text(load(str(path))))
    found = from_notebook(content)
    secrets = values_of(found.report.intake.secret_names, environ)
    report = checked(found.report, secrets)
    look = LastLook(secrets, known=_own_lines(), cited=_cited(report))
    remarks = (*found.remarks, *remarks_on(content))
    attached = attachment(report)[MIMETYPE]
    notebook = export.tidied(rebuilt(content, attached, look.markdown))
    return _assembled(notebook, report, remarks, look)


def written(ticket: Ticket, folder: Path, stem: str) -> list[Path]:
    """Write the files as `<stem>-ticket.*` and return their paths; raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    outbox = Outbox(values_of(ticket.report.intake.secret_names))
    paths = []
    for name, data in ticket.files.items():
        target = folder / f"{stem}-{name}"
        # What is in the zip are the others, and its bytes are no text.
        (outbox.packed if name.endswith(".zip") else outbox.file)(target, data)
        paths.append(target)
    return paths


def _assembled(
    notebook: Any,  # noqa: ANN401 - nbformat has no types
    report: Report,
    remarks: tuple[str, ...],
    look: LastLook,
) -> Ticket:
    text = nbformat.writes(notebook) + "\n"
    # A rehearsal's report says itself that it is one.
    beside = tuple(r for r in remarks if not (report.rehearsal and r == rehearsed()))
    told = document_of(report, remarks=beside)
    comment = comment_of(told, files=translate("The zip holds the evidence."))
    files = {
        "ticket.html": _short_page(told, report, beside, look).encode(),
        "ticket.md": look.text(comment).encode(),
        "ticket.ipynb": text.encode(),
    }
    packed = files | {
        REPORT_NAME: saved_json(report, lines=True).encode(),
        SCHEMA_NAME: schema_text().encode(),
    }
    zipped = {"ticket.zip": archived(packed)}
    return Ticket(files | zipped, report, remarks, look.count)


def _notebook_text(data: bytes) -> str:
    if data.startswith(b"PK"):
        raise NotATicketError(translate("it is a zip; give the notebook in it"))
    text = decoded(data)
    if not text.strip():
        raise NotATicketError(translate("it is empty"))
    return text


def _short_page(
    told: Document, report: Report, remarks: tuple[str, ...], look: LastLook
) -> str:
    """Render the page, without its evidence where that alone is too long for one."""
    page = _page(told, report, look)
    if len(page.encode()) <= HTML_LIMIT:
        return page
    bare = report.model_copy(update={"evidence": ()})
    why = translate("The evidence is too long for this page; the zip holds it.")
    return _page(document_of(bare, remarks=(*remarks, why)), None, look)


def _page(told: Document, report: Report | None, look: LastLook) -> str:
    """Render the page, with the report in it where that is not too long."""
    page = look.page(page_of(told))
    block = _block(report)
    if len(page.encode()) + len(block) > HTML_LIMIT:
        block = _block(None)
    before, end, after = page.rpartition("</main>")
    return f"{before}{block}{end}{after}"


def _block(report: Report | None) -> str:
    if report is None:
        said = translate("The report is too long for this page; it is in the zip.")
        return f"<p>{said}</p>\n"
    # No attribute tells where it is: what takes attributes away leaves it readable.
    summary = translate(
        "The report for machines: <code>streamtriage extract</code> reads it from this "
        "page"
    )
    return (
        f"<details><summary>{summary}</summary>\n"
        f"<pre>{html.escape(armoured(report), quote=False)}</pre></details>\n"
    )


def _cited(report: Report) -> list[str]:
    return [each.source for f in report.findings for each in f.citations]


@cache
def _own_lines() -> frozenset[str]:
    """Return the lines that this tool ships, in its runbooks and its changes."""
    runbooks = [export.read(path) for path in runbook_paths()]
    said = [in_language(book, language) for book in runbooks for language in LANGUAGES]
    sources = (cell.source for book in said for cell in book.cells)
    lines = (line for source in sources for line in source.split("\n"))
    return shipped_lines().union(lines)
