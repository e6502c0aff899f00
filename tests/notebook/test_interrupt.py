"""Ctrl-C in a headless run: a real signal, and what was seen is kept."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from streamtriage.lab import serve
from streamtriage.model import Report
from streamtriage.stopping import SAME_PRESS_S

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real(part="commands")


def interrupted(folder: Path, *, times: int) -> tuple[int, str, list[Path]]:
    """Watch a healthy server for long, and press Ctrl-C when the watch goes on."""
    words = [sys.executable, "-m", "streamtriage", "runbook", "--hold", "600"]
    with serve("healthy") as lab:
        running = subprocess.Popen(
            [*words, "--url", lab.url, "--out", str(folder), "--no-local"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        assert running.stderr
        told = ""
        try:
            for line in running.stderr:
                told += line
                if "Watching a silent stream" in line and list(folder.glob("*.json")):
                    break
            for each in range(times):
                running.send_signal(signal.SIGINT)
                if each == 1:
                    # Said at once, so that nobody presses for want of an answer.
                    for line in running.stderr:
                        if "once more aborts" in line:
                            break
                if each + 1 < times:
                    # Presses closer to each other than this count as one.
                    time.sleep(SAME_PRESS_S + 0.2)
            out, more = running.communicate(timeout=60)
        finally:
            running.kill()
    files = sorted(folder.iterdir())
    assert files, told + more
    return running.returncode, out, files


@pytest.mark.timeout(120)
def test_first_interrupt_ends_the_watch_and_the_runbook_goes_on(tmp_path: Path) -> None:
    """Three whole files, a report that says it was interrupted, the verdict's code."""
    code, out, files = interrupted(tmp_path, times=1)
    report = Report.model_validate_json(files[2].read_text(encoding="utf-8"))

    assert [file.suffix for file in files] == [".html", ".ipynb", ".json"]
    assert report.interrupted
    assert {"open", "hold"} <= {seen.probe for seen in report.evidence}
    assert code in (0, 3)
    assert "interrupted" in out
    assert "Does it matter" in files[0].read_text(encoding="utf-8")


@pytest.mark.timeout(120)
def test_third_interrupt_aborts_and_keeps_the_report_so_far(
    tmp_path: Path,
) -> None:
    code, out, files = interrupted(tmp_path, times=3)
    (kept,) = [file for file in files if file.suffix == ".json"]
    report = Report.model_validate_json(kept.read_text(encoding="utf-8"))

    assert report.interrupted
    assert "open" in {seen.probe for seen in report.evidence}
    assert code in (0, 3)
    assert "interrupted" in out
