"""Executed notebooks as files: tidied for good, and exported to offline HTML."""

from __future__ import annotations

import re
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import bleach
import nbformat
from bleach.html5lib_shim import Filter
from jinja2 import DictLoader
from nbconvert import HTMLExporter

from streamtriage.files import write_whole
from streamtriage.notebook.safe_svg import alternative, data_address, safe_address
from streamtriage.redaction import last_look

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
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
# What Markdown becomes; the exporter's own list would show <details> as text.
_TAGS = frozenset(
    {
        *("a", "blockquote", "br", "code", "del", "details", "div", "em", "hr", "img"),
        *("h1", "h2", "h3", "h4", "h5", "h6"),
        *("li", "ol", "p", "pre", "span", "strong", "summary", "ul"),
        *("table", "tbody", "td", "th", "thead", "tr"),
    }
)
# The scheme `data` is for images alone: a link never leads into one.
_LINK = re.compile(r"(?:https?:|mailto:|[^:\x00-\x20]*(?:$|[/?#])).*", re.DOTALL)


def _in_link(_tag: str, name: str, value: str) -> bool:
    return name == "title" or (
        name == "href" and _LINK.fullmatch(value.strip()) is not None
    )


_ATTRIBUTES = {"*": ["class", "id"], "a": _in_link, "img": ["alt", "src"]}


def read(path: Path) -> Any:  # noqa: ANN401 - nbformat has no types
    """Read a notebook."""
    return nbformat.read(str(path), as_version=4)


def write(notebook: Any, path: Path, secrets: Iterable[str] = ()) -> None:  # noqa: ANN401
    """Write a notebook, after a last look at its text."""
    text = last_look(nbformat.writes(notebook), secrets)
    write_whole(path, text if text.endswith("\n") else f"{text}\n")


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
        # Signs beside headings that lead to where the reader is.
        exclude_anchor_links=True,
        template_file="runbook.html.j2",
        extra_loaders=[DictLoader({"runbook.html.j2": _PAGE})],
    )
    exporter.register_filter("clean_html", _cleaned)
    exporter.register_filter("svg_image", _svg_image)
    exporter.register_filter("bare_css", _bare)
    exporter.register_filter("page_css", _page_css)
    resources = {"metadata": {"name": title}}
    text: str = exporter.from_notebook_node(notebook, resources=resources)[0]
    return text


def _cleaned(html: object) -> str:
    cleaned: str = _CLEANER.clean(str(html))
    return cleaned


class _Images(Filter):  # type: ignore[misc]  # bleach has no types
    """Keeps the images that are drawings in their own address, and made harmless.

    Of any other image its alternative text is left.
    """

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for token in super().__iter__():
            if token.get("name") != "img" or "data" not in token:
                yield token
                continue
            found = token["data"]
            address = safe_address(found.get((None, "src"), ""))
            words = found.get((None, "alt"), "")
            if address is None:
                yield {"type": "Characters", "data": words}
            else:
                values = {(None, "alt"): words or "A picture", (None, "src"): address}
                yield token | {"data": values}


_CLEANER = bleach.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    protocols=("http", "https", "mailto", "data"),
    filters=[_Images],
)


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
