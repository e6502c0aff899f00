"""The history runbook with other parameters than its own."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from quick_start import quickly
from streamtriage.apps.history.notebook import read_logs
from streamtriage.apps.history.parameters import HistoryParameters
from streamtriage.apps.triage.parameters import ParameterError
from streamtriage.history import History
from streamtriage.history.words import plain_name
from streamtriage.notebook import export

ROOT = Path(__file__).parents[2]
LOGS = ROOT / "tests" / "data" / "client-logs"


@pytest.mark.real(part="commands")
def test_a_folder_of_real_logs_is_shown(tmp_path: Path) -> None:
    target = tmp_path / "executed.ipynb"
    done = subprocess.run(
        [
            *(*quickly("papermill"), "--execution-timeout", "120"),
            *(str(ROOT / "runbooks" / "history.ipynb"), str(target)),
            *("-p", "logs", str(LOGS), "-p", "history_json", "out/history.json"),
        ],
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
        cwd=tmp_path,
    )
    cells = export.read(target).cells
    outputs = [o for cell in cells for o in cell.get("outputs", [])]
    kinds = {kind for o in outputs for kind in o.data}
    told = History.model_validate_json((tmp_path / "out/history.json").read_text())

    assert done.returncode == 0, done.stderr
    assert kinds == {"image/svg+xml", "text/html", "text/markdown", "text/plain"}
    assert "Rehearsal" not in str(outputs)
    html = export.to_html(export.read(target), "history")
    # Two logs of each of nine runs of one server, counted once.
    assert len(told.servers) == 1
    for each in told.servers:
        assert f"How long streams of {plain_name(each)} lived" in html
        assert f"Drops of {plain_name(each)}" in html


def test_this_machine_is_read_where_it_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A home without logs: nothing is made up."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    book = read_logs(logs="machine")

    assert "Rehearsal" not in book.overview().text
    assert book.history.source == "this machine's clients"


def test_what_cannot_be_used_is_refused_in_words() -> None:
    with pytest.raises(ParameterError, match="no such folder"):
        HistoryParameters.read({"logs": "/no/such/folder"})
    with pytest.raises(ParameterError, match="limit_s"):
        HistoryParameters.read({"limit_s": "soon"})
