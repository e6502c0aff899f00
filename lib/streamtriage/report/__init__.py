"""A report in the forms that people and machines read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.on_first_use import exports

if TYPE_CHECKING:
    from streamtriage.report.html import render_html
    from streamtriage.report.json_schema import report_schema
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

if not TYPE_CHECKING:
    __getattr__ = exports(
        __name__,
        {
            "json_schema": "report_schema",
            "html": "render_html",
            "markdown": "card_markdown evidence_markdown findings_markdown"
            " render_markdown",
            "terminal": "render_text",
        },
    )
