"""A report in the forms that people and machines read."""

from __future__ import annotations

from streamtriage.report.contract import report_schema
from streamtriage.report.html import (
    card_html,
    evidence_html,
    exchange_table_html,
    findings_html,
    render_html,
)
from streamtriage.report.markdown import (
    card_markdown,
    evidence_markdown,
    findings_markdown,
    render_markdown,
)
from streamtriage.report.text import render_text

__all__ = [
    "card_html",
    "card_markdown",
    "evidence_html",
    "evidence_markdown",
    "exchange_table_html",
    "findings_html",
    "findings_markdown",
    "render_html",
    "render_markdown",
    "render_text",
    "report_schema",
]
