"""Executed notebooks as files: tidied for good, and exported to offline HTML."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import nbformat
from jinja2 import DictLoader
from nbconvert import HTMLExporter

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read", "tidied", "to_html", "write"]

_KERNEL = {
    "display_name": "Python 3 (ipykernel)",
    "language": "python",
    "name": "python3",
}
# Every address that the exporter's templates would load something from.
_NOTHING_REMOTE = {
    "mathjax_url": "",
    "require_js_url": "",
    "jquery_url": "",
    "widget_renderer_url": "",
    "jupyter_widgets_base_url": "",
}
_NO_MERMAID = {"mermaidjs.html.j2": "{% macro mermaid_js() %}{% endmacro %}"}


def read(path: Path) -> Any:  # noqa: ANN401 - nbformat has no types
    """Read a notebook."""
    return nbformat.read(str(path), as_version=4)


def write(notebook: Any, path: Path) -> None:  # noqa: ANN401
    """Write a notebook."""
    nbformat.write(notebook, str(path))


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
    """Export to one HTML file that loads nothing, with hostile markup taken out."""
    exporter = HTMLExporter(
        sanitize_html=True,
        extra_loaders=[DictLoader(_NO_MERMAID)],
        **_NOTHING_REMOTE,
    )
    resources = {"metadata": {"name": title}}
    text: str = exporter.from_notebook_node(notebook, resources=resources)[0]
    return text
