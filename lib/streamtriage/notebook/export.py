"""Executed notebooks as files: tidied for good, and exported to offline HTML."""

from __future__ import annotations

import re
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import nbformat
from jinja2 import DictLoader

from streamtriage.notebook.clean_html import cleaned
from streamtriage.notebook.safe_svg import alternative, data_address
from streamtriage.on_first_use import Later
from streamtriage.outbox import Outbox

if TYPE_CHECKING:
    from pathlib import Path

    from nbconvert import HTMLExporter
else:
    # A run that has a report makes no page of the notebook.
    HTMLExporter = Later("nbconvert", "HTMLExporter")

__all__ = ["cleared", "read", "tidied", "to_html", "write"]

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
{%- block notebook_css -%}
{{ super() }}
<style>
@media screen and (prefers-color-scheme: dark) {
:root { color-scheme: dark; }
{{ resources.include_css("static/theme-dark.css") | bare_css }}
}
</style>
<style>{{ "" | page_css }}</style>
{%- endblock -%}
{%- block data_markdown scoped -%}
<div class="jp-RenderedHTMLCommon jp-RenderedMarkdown jp-OutputArea-output"
 data-mime-type="text/markdown" role="group" aria-label="Output" tabindex="0">
{{ output.data['text/markdown'] | markdown2html | clean_html }}
</div>
{%- endblock -%}
{%- block data_html scoped -%}
<div class="jp-RenderedHTMLCommon jp-RenderedHTML jp-OutputArea-output"
 data-mime-type="text/html" role="group" aria-label="Output" tabindex="0">
{{ output.data['text/html'] | clean_html }}
</div>
{%- endblock -%}
{%- block data_svg scoped -%}
<div class="jp-RenderedHTMLCommon jp-RenderedHTML jp-OutputArea-output"
 data-mime-type="image/svg+xml" role="group" aria-label="Output" tabindex="0">
{{ output | svg_image }}
</div>
{%- endblock -%}
"""


def read(path: Path) -> Any:  # noqa: ANN401 - nbformat has no types
    """Read a notebook."""
    return nbformat.read(str(path), as_version=4)


def write(notebook: Any, path: Path, outbox: Outbox | None = None) -> None:  # noqa: ANN401
    """Write a notebook, after a last look at its text."""
    text = nbformat.writes(notebook)
    (outbox or Outbox()).file(path, text if text.endswith("\n") else f"{text}\n")


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


# What folds prose and code where a person works; elsewhere both stay open.
_FOLDS = ("jp-MarkdownHeadingCollapsed", "jupyter")


def cleared(notebook: Any) -> Any:  # noqa: ANN401
    """Return a copy as a template is kept: folded, and without anything executed."""
    copy = tidied(notebook)
    for cell, given in zip(copy.cells, notebook.cells, strict=True):
        folds = {
            name: given.metadata[name] for name in _FOLDS if name in given.metadata
        }
        cell.metadata.update(nbformat.from_dict(folds))
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return copy


def to_html(notebook: Any, title: str) -> str:  # noqa: ANN401
    """Export to one HTML file that loads nothing, with hostile markup made harmless."""
    exporter = HTMLExporter(
        sanitize_html=True,
        # Signs beside headings that lead to where the reader is.
        exclude_anchor_links=True,
        template_file="runbook.html.j2",
        extra_loaders=[DictLoader({"runbook.html.j2": _PAGE})],
    )
    exporter.register_filter("clean_html", cleaned)
    exporter.register_filter("svg_image", _svg_image)
    exporter.register_filter("bare_css", _bare)
    exporter.register_filter("page_css", _page_css)
    resources = {"metadata": {"name": title}}
    text: str = exporter.from_notebook_node(notebook, resources=resources)[0]
    return _in_steps(text)


_HEADING = re.compile(r"<(?P<end>/?)h(?P<level>[1-6])\b")


def _in_steps(page: str) -> str:
    """Return a page whose headings go down one level at a time, as a reader walks.

    A notebook leaves levels out where JupyterLab is to fold its cells together.
    """
    open_ones: list[int] = []

    def stepped(found: re.Match[str]) -> str:
        level = int(found["level"])
        if not found["end"]:
            while open_ones and open_ones[-1] >= level:
                open_ones.pop()
            open_ones.append(level)
        return f"<{found['end']}h{len(open_ones) or level}"

    return _HEADING.sub(stepped, page)


def _svg_image(output: Any) -> str:  # noqa: ANN401
    """Show a drawing as an image that says what it shows."""
    text = str(output.data["image/svg+xml"])
    address = data_address(text)
    words = escape(alternative(text) or str(output.data.get("text/plain", "")))
    if address is None:
        return f"<p>{words}</p>"
    return f'<img src="{address}" alt="{words or "A picture"}">'


def _bare(style: object) -> str:
    return re.sub(r"</?style[^>]*>", "", str(style))


def _page_css(_: object) -> str:
    return files("streamtriage.notebook").joinpath("page.css").read_text("utf-8")
