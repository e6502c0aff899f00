"""Executed notebooks as files: tidied for good, and exported to offline HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import bleach
import nbformat
from jinja2 import DictLoader
from nbconvert import HTMLExporter

from streamtriage.redaction import last_look

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

__all__ = ["read", "tidied", "to_html", "write"]

_KERNEL = {
    "display_name": "Python 3 (ipykernel)",
    "language": "python",
    "name": "python3",
}
# The exporter's page without whatever it would load from elsewhere: scripts for
# widgets, formulas and diagrams, none of which a runbook has.
_PAGE = """
{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block jupyter_widgets -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block extra_css -%}
<style>
  table { border-collapse: collapse; }
  th, td { text-align: left; vertical-align: top; padding: 0.2em 0.6em; }
  .jp-RenderedMarkdown { overflow-x: auto; }
</style>
{%- endblock -%}
"""
# What Markdown becomes; the exporter's own list would show <details> as text.
_TAGS = frozenset(
    {
        *("a", "blockquote", "br", "code", "del", "details", "div", "em", "hr", "li"),
        *("h1", "h2", "h3", "h4", "h5", "h6"),
        *("ol", "p", "pre", "span", "strong", "summary", "ul"),
        *("table", "tbody", "td", "th", "thead", "tr"),
    }
)
_ATTRIBUTES = {"*": ["class", "id"], "a": ["href", "title"]}


def read(path: Path) -> Any:  # noqa: ANN401 - nbformat has no types
    """Read a notebook."""
    return nbformat.read(str(path), as_version=4)


def write(notebook: Any, path: Path, secrets: Iterable[str] = ()) -> None:  # noqa: ANN401
    """Write a notebook, after a last look at its text."""
    text = last_look(nbformat.writes(notebook), secrets)
    path.write_text(text if text.endswith("\n") else f"{text}\n", encoding="utf-8")


def tidied(notebook: Any) -> Any:  # noqa: ANN401
    """Return a copy without widget state, run times, paths and copies of parameters.

    papermill writes parameters twice, and widgets keep what was typed into them.
    """
    copy = nbformat.from_dict(notebook)
    copy.metadata = nbformat.from_dict(
        {"kernelspec": _KERNEL, "language_info": {"name": "python"}}
    )
    for cell in copy.cells:
        tags = cell.metadata.get("tags")
        cell.metadata = nbformat.from_dict({"tags": tags} if tags else {})
        for output in cell.get("outputs", []):
            if "metadata" in output:
                output.metadata = nbformat.from_dict({})
    return copy


def to_html(notebook: Any, title: str) -> str:  # noqa: ANN401
    """Export to one HTML file that loads nothing, with hostile markup made harmless."""
    exporter = HTMLExporter(
        sanitize_html=True,
        template_file="runbook.html.j2",
        extra_loaders=[DictLoader({"runbook.html.j2": _PAGE})],
    )
    exporter.register_filter("clean_html", _cleaned)
    resources = {"metadata": {"name": title}}
    text: str = exporter.from_notebook_node(notebook, resources=resources)[0]
    return text


def _cleaned(html: object) -> str:
    cleaned: str = bleach.clean(str(html), tags=_TAGS, attributes=_ATTRIBUTES)
    return cleaned
