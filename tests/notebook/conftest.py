"""One rehearsal, run as its user runs it, that several tests look at."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from streamtriage.apps.triage.rehearsal import FAULT

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Rehearsal:
    """What a headless run without a URL printed and left behind."""

    code: int
    stdout: str
    stderr: str
    folder: Path

    def text(self, suffix: str) -> str:
        (path,) = self.folder.glob(f"triage-*.{suffix}")
        return path.read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Rehearsal:
    folder = tmp_path_factory.mktemp("rehearsal") / "out"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "streamtriage",
            "runbook",
            "--lab",
            FAULT,
            "--out",
            str(folder),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Rehearsal(done.returncode, done.stdout, done.stderr, folder)
