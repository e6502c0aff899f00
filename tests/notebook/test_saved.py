"""Saved notebooks hold what was shown and nothing else; HTML loads nothing."""

from __future__ import annotations

import re
from base64 import b64encode
from urllib.parse import unquote

from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)

from streamtriage.notebook.export import read, tidied, to_html
from streamtriage.notebook.paths import EXAMPLES

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> [a](javascript:alert)"


def test_tidied_keeps_tags_and_drops_copies_of_parameters() -> None:
    """What papermill and widgets leave in metadata is gone, the outputs stay."""
    shown = new_output("display_data", data={"text/markdown": "kept"})
    shown.metadata["copy"] = "CANARY"
    cell = new_code_cell("x = 1", outputs=[shown])
    cell.metadata = {"tags": ["parameters"], "papermill": {"status": "CANARY"}}
    notebook = new_notebook(cells=[cell])
    notebook.metadata["papermill"] = {"parameters": {"error": "CANARY"}}
    notebook.metadata["widgets"] = {"state": "CANARY"}
    done = tidied(notebook)

    assert "CANARY" not in str(done)
    assert done.cells[0].metadata == {"tags": ["parameters"]}
    assert done.cells[0].outputs[0].data["text/markdown"] == "kept"
    assert done.cells[0].id == cell.id


def test_html_loads_nothing() -> None:
    """No element of the exported runbook makes a browser fetch anything."""
    html = to_html(read(EXAMPLES / "triage.ipynb"), "triage")
    fetched = r"<(?:script|link|iframe|object|embed|video|audio|source)\b[^>]*>"

    assert re.findall(fetched, html) == []
    for image in re.findall(r"<img\b[^>]*>", html):
        assert 'src="data:image/svg+xml,' in image
    assert not re.search(r"@import|url\(\s*['\"]?(?:https?:)?//", html)
    assert "<details>" in html
    assert "<tbody>" in html


def test_html_disarms_hostile_markup() -> None:
    shown = new_output(
        "display_data", data={"text/markdown": HOSTILE, "text/plain": ""}
    )
    told = new_output("stream", name="stdout", text=HOSTILE)
    cells = [new_markdown_cell(HOSTILE), new_code_cell("1", outputs=[shown, told])]
    html = to_html(new_notebook(cells=cells), "x")

    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript:' not in html


EVIL = """<svg xmlns="http://www.w3.org/2000/svg" onload="CANARY()">
<title>A "quoted" title</title><script>CANARY</script><rect width="3"/></svg>"""


def exported(data: dict[str, str]) -> str:
    cell = new_code_cell("1", outputs=[new_output("display_data", data=data)])
    return to_html(new_notebook(cells=[cell]), "x")


def drawings(html: str) -> list[str]:
    return [
        unquote(data) for data in re.findall(r'src="data:image/svg\+xml,([^"]*)"', html)
    ]


def test_a_foreign_drawing_is_an_image_with_its_own_words() -> None:
    """Its title is told, where nbconvert would write that there is no description."""
    html = exported({"image/svg+xml": EVIL, "text/plain": "<Figure>"})
    (drawn,) = drawings(html)

    assert "<rect" in drawn
    assert "CANARY" not in drawn
    assert """alt='A "quoted" title'""" in html
    assert "No description" not in html


def test_an_image_in_foreign_html_keeps_only_a_harmless_drawing() -> None:
    evil = b64encode(EVIL.encode()).decode()
    html = exported(
        {
            "text/html": f'<img src="data:image/svg+xml;base64,{evil}" '
            'alt="kept words" onerror="CANARY">'
            '<img src="https://CANARY.example/x.png" alt="left words">'
            '<a href="data:text/html,CANARY">a link</a>'
        }
    )
    (drawn,) = drawings(html)

    assert "CANARY" not in drawn + html
    assert 'alt="kept words"' in html
    assert "left words" in html
    assert html.count("<img") == 1


def test_a_drawing_that_is_none_leaves_its_words() -> None:
    html = exported({"image/svg+xml": "<b>", "text/plain": "what it <showed>"})

    assert "what it &lt;showed&gt;" in html
    assert "<img" not in html
