"""A report in the forms that people and machines read."""

from __future__ import annotations

from streamtriage.report.contract import report_schema
from streamtriage.report.html import render_html
from streamtriage.report.markdown import (
    card_markdown,
    evidence_markdown,
    findings_markdown,
    render_markdown,
)
from streamtriage.report.terminal import render_text

__all__ = [
    "card_markdown",
    "evidence_markdown",
    "findings_markdown",
    "render_html",
    "render_markdown",
    "render_text",
    "report_schema",
]
