"""Saved notebooks hold what was shown and nothing else; HTML loads nothing."""

from __future__ import annotations

import re

from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
)

from streamtriage.notebook.places import runbook_path
from streamtriage.notebook.saved import read, tidied, to_html

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
    html = to_html(read(runbook_path()), "triage")
    fetched = r"<(?:script|link|iframe|object|embed|img|video|audio|source)\b[^>]*>"

    assert re.findall(fetched, html) == []
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
