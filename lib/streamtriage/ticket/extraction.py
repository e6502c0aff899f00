"""The report out of a ticket: a notebook, an HTML page or text, a zip, or itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from streamtriage.languages import translate
from streamtriage.letting_in import read_checked
from streamtriage.model import SCHEMA_VERSION, Report
from streamtriage.redaction import cut, visible
from streamtriage.refusal import why_invalid
from streamtriage.ticket.archive import member
from streamtriage.ticket.envelope import opened
from streamtriage.ticket.files_in import (
    REPORT_LIMIT,
    NotATicketError,
    decoded,
    load,
    parsed,
    refuse_old,
)
from streamtriage.ticket.mime import attached_reports

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["Extracted", "extract", "from_bytes", "from_notebook"]

_VERSION = re.compile(r"(\d{1,4})\.(\d{1,4})")


class Extracted(NamedTuple):
    """The report, and what its reader should know of how it was found."""

    report: Report
    remarks: tuple[str, ...] = ()


def extract(name: str) -> Extracted:
    """Return the report in a file, or on standard input for "-".

    Raises NotATicketError, in words, and OSError.
    """
    return from_bytes(load(name))


def from_bytes(data: bytes) -> Extracted:
    """Return the report in a ticket of any of its forms; raises NotATicketError."""
    if data.startswith(b"PK"):
        return from_bytes(member(data))
    text = decoded(data)
    start = text.lstrip()[:1]
    if not start:
        raise NotATicketError(translate("it is empty"))
    reading: Callable[[str], Extracted] = _from_json if start == "{" else _from_text
    return reading(text)


def from_notebook(notebook: Mapping[str, object]) -> Extracted:
    """Return the newest report in a parsed notebook; raises NotATicketError."""
    found = [_validated(text) for text in attached_reports(notebook)]
    if not found:
        raise NotATicketError(_why_empty(notebook))
    return Extracted(max(found, key=lambda report: report.taken_at))


def _from_json(text: str) -> Extracted:
    content = parsed(text)
    assert isinstance(content, dict)
    if "schema_version" in content and "evidence" in content:
        return Extracted(_validated(text))
    refuse_old(content)
    if "cells" in content:
        return from_notebook(content)
    raise NotATicketError(translate("it is JSON, but neither a notebook nor a report"))


def _from_text(text: str) -> Extracted:
    """Read HTML, or what is left of it once somebody pasted it as text."""
    found = opened(text)
    remarks = (
        ()
        if found.unchanged
        else (
            translate(
                "The report was changed after it was written: its checksum differs."
            ),
        )
    )
    return Extracted(_validated(found.text), remarks)


def _why_empty(notebook: Mapping[str, object]) -> str:
    cells = notebook.get("cells")
    listed: Iterable[object] = cells if isinstance(cells, list) else ()
    sources = str([cell.get("source") for cell in listed if isinstance(cell, dict)])
    if "streamtriage" not in sources:
        return translate(
            "it is a notebook, but none of this tool's: it holds no report"
        )
    return translate(
        "it is a runbook without a report in it. It was not "
        "executed, or was saved before the probes had ended, or "
        "was executed by a version before tickets. Run it, wait "
        "for “Done.”, save it, and try again"
    )


def _validated(text: str) -> Report:
    if len(text) > REPORT_LIMIT:
        raise NotATicketError(
            translate("its report is larger than {value} MB", value=REPORT_LIMIT >> 20)
        )
    try:
        return read_checked(Report, text)
    except ValidationError as problem:
        raise NotATicketError(_refused(text, problem)) from None
    except RecursionError:
        raise NotATicketError(translate("its report is nested too deep")) from None


def _refused(text: str, problem: ValidationError) -> str:
    """Say why a report is none for this version; a newer one is told apart."""
    content = parsed(text)
    theirs = content.get("schema_version") if isinstance(content, dict) else None
    tool = content.get("tool") if isinstance(content, dict) else None
    writer = tool.get("version") if isinstance(tool, dict) else None
    found = _VERSION.fullmatch(theirs) if isinstance(theirs, str) else None
    if found and _number(found[0]) > _number(SCHEMA_VERSION):
        named = f" (streamtriage {cut(visible(str(writer)), 20)})" if writer else ""
        return translate(
            "its report has schema version {found}{named}, and this "
            "version reads {SCHEMA_VERSION}. Install the newer "
            "streamtriage and try again",
            found=found[0],
            named=named,
            SCHEMA_VERSION=SCHEMA_VERSION,
        )
    return translate(
        "its report cannot be read: {problem}", problem=why_invalid(problem)
    )


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
