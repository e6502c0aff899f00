"""Executed runbooks made of saved reports: the same panes, without a run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from streamtriage.apps.triage import panes
from streamtriage.model import Report
from streamtriage.ticket import attachment

REPORTS = Path(__file__).parents[1] / "data" / "reports"
NAMES = sorted(path.stem for path in REPORTS.glob("*.json"))


def report(name: str = "half-open-stream-409") -> Report:
    return Report.model_validate_json((REPORTS / f"{name}.json").read_text("utf-8"))


def executed(given: Report | None = None, *more: Any) -> dict[str, Any]:
    """Return the JSON of a notebook whose verdict's output carries the report."""
    kept = given or report()
    data = {"text/markdown": panes.verdict(kept), "text/plain": "Verdict"}
    shown = new_output("display_data", data=data | attachment(kept))
    cells = [
        new_markdown_cell("# Failed to reconnect SSE stream", id="title"),
        new_code_cell(
            "from streamtriage.apps.triage import begin",
            id="imports",
            execution_count=1,
        ),
        new_code_cell(
            "await runbook.verdict()",
            id="verdict-card",
            execution_count=2,
            outputs=[shown],
        ),
        *more,
    ]
    notebook: dict[str, Any] = json.loads(json.dumps(new_notebook(cells=cells)))
    return notebook


def saved_in(folder: Path, notebook: dict[str, Any]) -> Path:
    path = folder / "triage.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path
