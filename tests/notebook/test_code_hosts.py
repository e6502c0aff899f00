"""Outputs keep what code hosts let through: no script, no style, nothing blank."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from nbformat.v4 import new_output

from streamtriage.notebook import export
from streamtriage.notebook.safe_svg import safe_svg
from streamtriage.ticket import MIMETYPE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .conftest import Rehearsal

pytestmark = pytest.mark.real(part="commands")

PATHS = sorted((Path(__file__).parents[2] / "examples").glob("*.ipynb"))
# What viewers of notebooks show without a kernel, a script or an extension.
SHOWN = {"text/markdown", "text/html", "image/svg+xml", "text/plain"}
# What they keep and do not show: the report that travels with the verdict.
KEPT = {MIMETYPE}
# What GitHub's sanitizer leaves of HTML, as far as a runbook uses it.
ELEMENTS = {"br", "code", "details", "em", "img", "p", "strong", "summary"}
ATTRIBUTES = {"alt", "src"}
_DRAWING = "data:image/svg+xml,"
_PLAIN = '<svg xmlns="http://www.w3.org/2000/svg"/>'


class _Markup(HTMLParser):
    """Collects the elements and attributes of a piece of HTML or Markdown."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


def outputs(notebook: Any) -> Iterator[Any]:
    for cell in notebook.cells:
        yield from cell.get("outputs", [])


def problems(output: Any) -> list[str]:
    """Name what a code host would strip, or show as nothing."""
    if output.output_type not in ("display_data", "execute_result"):
        return [] if output.output_type == "stream" else [output.output_type]
    data = output.data
    found = [f"unknown type {name}" for name in set(data) - SHOWN - KEPT]
    if not str(data.get("text/plain", "")).strip():
        found.append("no words for who sees no more than text")
    if not _is_plain(data.get("image/svg+xml", _PLAIN)):
        found.append("a drawing that would be taken apart")
    for name in ("text/html", "text/markdown"):
        found += _stripped(_prose(data.get(name, "")))
    return found


def _prose(text: str) -> str:
    """Leave out code, which is shown as it is."""
    return re.sub(r"(?s)(`{3,}).*?\1|(`+)[^`].*?\2", "", text)


def _stripped(text: str) -> Iterator[str]:
    markup = _Markup(text)
    yield from (f"element {name}" for name in markup.elements - ELEMENTS)
    for name, value in markup.attributes:
        if name not in ATTRIBUTES:
            yield f"attribute {name}"
        elif name == "alt" and len(value) < 20:
            yield f"an image that says no more than “{value}”"
        elif name == "src" and not _is_plain_drawing(value):
            yield "an image that is no plain drawing"


def _is_plain_drawing(address: str) -> bool:
    """Tell whether nothing would be taken out of a drawing, were it taken apart."""
    if not address.startswith(_DRAWING):
        return False
    return _is_plain(unquote(address.removeprefix(_DRAWING)))


def _is_plain(drawing: str) -> bool:
    return (safe_svg(drawing) or "").count("=") == drawing.count("=") > 0


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_output_survives_a_code_host(path: Path) -> None:
    found = [
        problem for output in outputs(export.read(path)) for problem in problems(output)
    ]

    assert found == []
    assert path.stat().st_size < 1_000_000


def test_so_does_what_is_executed_now(rehearsal: Rehearsal) -> None:
    """With its pictures, each with words that tell what it shows."""
    (path,) = rehearsal.folder.glob("triage-*.ipynb")
    seen = list(outputs(export.read(path)))
    html = "".join(output.get("data", {}).get("text/html", "") for output in seen)

    assert [problem for output in seen for problem in problems(output)] == []
    assert html.count("<img") == 2
    assert "The way to the server, and where it fails. You, then" in html
    assert "409 Conflict at +1 s, 409 Conflict at +2.5 s" in html


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("text/html", "<script>1</script>"),
        ("text/html", "<style>p {}</style>"),
        ("text/html", '<p style="color: red">x</p>'),
        ("text/html", '<p onclick="x()">x</p>'),
        ("text/html", '<img alt="long enough to tell the finding" src="https://x">'),
        ("text/html", f'<img alt="" src="{_DRAWING}">'),
        ("text/markdown", "# Title\n\n<iframe src='x'></iframe>"),
        ("image/svg+xml", "<svg/>"),
        ("application/vnd.jupyter.widget-view+json", "{}"),
    ],
)
def test_the_rules_can_fail(name: str, text: str) -> None:
    output = new_output("display_data", data={name: text, "text/plain": "x"})

    assert problems(output)
