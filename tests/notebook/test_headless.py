"""The runbook without a screen: three files, an exit code, and no secret in any."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from streamtriage.apps.triage.headless import run_headless
from streamtriage.lab import serve
from streamtriage.model import Report
from streamtriage.notebook import export
from streamtriage.transport.target import IntakeError

if TYPE_CHECKING:
    from notebook.conftest import Rehearsal

pytestmark = pytest.mark.real(part="commands")

README = Path(__file__).parents[2] / "README.md"
CANARY = "canary-4711-hunter2"
VARYING = re.compile(r"\d+(?:\.\d+)? m?s\b|\S*triage-\d\S+")


def measured(text: str) -> str:
    """Return words without what differs from run to run: times, names of files."""
    words = VARYING.sub("…", " ".join(text.split()))
    words = re.sub(r"\b(DNS|TCP|TLS|sent|head|byte|end) [\d.–…]+", r"\1 …", words)
    return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "…", words)


def test_a_rehearsal_names_the_planted_fault(rehearsal: Rehearsal) -> None:
    """Exit code 0 means here: the verdict is the fault that was planted."""
    report = Report.model_validate_json(rehearsal.text("json"))

    assert rehearsal.code == 0, rehearsal.stderr
    assert report.verdict.causes[0] == "half-open-stream-409"
    assert report.verdict.reproduced
    assert "Rehearsal" in rehearsal.stdout
    assert "half-open-stream-409" in rehearsal.text("html")


def test_a_rehearsal_says_so_in_the_notebook(rehearsal: Rehearsal) -> None:
    notebook = nbformat.reads(rehearsal.text("ipynb"), as_version=4)
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", [])]

    assert "**Rehearsal.**" in outputs[0].data["text/markdown"]
    assert {o.output_type for o in outputs} == {"display_data"}
    assert set(notebook.metadata) == {"kernelspec", "language_info"}


def test_progress_goes_to_standard_error(rehearsal: Rehearsal) -> None:
    assert "Starting the notebook's kernel" in rehearsal.stderr
    assert "Watching a silent stream" in rehearsal.stderr
    assert "WARNING" not in rehearsal.stderr


def test_the_readme_shows_the_real_verdict(rehearsal: Rehearsal) -> None:
    """What the first screen of README.md shows is what `make triage` prints."""
    shown = re.search(r"\$ make triage\n(.*?)```", README.read_text(), re.DOTALL)
    assert shown is not None

    assert measured(shown[1]) == measured(rehearsal.stdout)


def test_no_secret_reaches_any_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Token, header, URL query, pasted text: none is in notebook, HTML or JSON."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MY_TOKEN", f"{CANARY}-token")
    monkeypatch.setenv("MY_KEY", f"{CANARY}-header")
    with serve("get-not-implemented-404") as lab:
        done = run_headless(
            url=f"{lab.url}?api_key={CANARY}-query",
            error=f"Failed to open SSE stream: Not Found\nX-Key: {CANARY}-header",
            auth_env="MY_TOKEN",
            header_envs={"X-Api-Key": "MY_KEY"},
            hold_s=0,
            local=False,
        )
    texts = [path.read_text(encoding="utf-8") for path in done.paths.existing()]

    assert done.exit_code == 1
    assert done.report is not None
    assert done.report.verdict.causes[0] == "get-not-implemented-404"
    assert len(texts) == 3
    assert not any("canary" in text.lower() for text in texts)
    assert str(tmp_path) not in "".join(texts)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        pytest.param({"url": "h.example/mcp"}, "must start with", id="no scheme"),
        pytest.param({"url": "https://h/mcp", "hold_s": -1}, "hold_s", id="hold"),
        pytest.param({"lab_fault": "nothing"}, "No scenario", id="unknown fault"),
        pytest.param(
            {"url": "https://h/mcp", "auth_env": "NOT_SET"}, "NOT_SET", id="not set"
        ),
    ],
)
def test_bad_usage_is_said_before_anything_runs(
    tmp_path: Path, given: dict[str, Any], says: str
) -> None:
    with pytest.raises(IntakeError, match=says):
        run_headless(**given, out=tmp_path / "out")

    assert not (tmp_path / "out").exists()


def test_a_crash_is_the_tools_own_and_leaves_its_notebook(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 4, and the traceback is in the notebook that is kept."""
    cell = new_code_cell('url = ""', metadata={"tags": ["parameters"]})
    broken = tmp_path / "broken.ipynb"
    cells = [cell, new_code_cell("1 / 0")]
    export.write(export.tidied(new_notebook(cells=cells)), broken)
    done = run_headless(notebook=broken, lab_fault="healthy", out=tmp_path)
    kept = json.loads(done.paths.notebook.read_text())

    assert done.exit_code == 4
    assert done.report is None
    assert "ZeroDivisionError" in json.dumps(kept)
    assert "ZeroDivisionError" in capsys.readouterr().err
    assert "STREAMTRIAGE_URL" not in os.environ
