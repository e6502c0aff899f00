"""nbval really compares: a changed word in an output fails, a changed time does not."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from streamtriage.apps.named import REHEARSE

pytestmark = pytest.mark.real(part="commands")

ROOT = Path(__file__).parents[2]
RULES = ROOT / "examples" / "nbval-sanitize.cfg"


def compare(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(path)),
            *("-p", "nbval.plugin", "--nbval", "--nbval-current-env"),
            *("--nbval-cell-timeout", "120"),
            *("--nbval-sanitize-with", str(RULES), "-c", str(ROOT / "pyproject.toml")),
        ],
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
        cwd=path.parent,
        env={**os.environ, REHEARSE: "yes"},
    )


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return Path(shutil.copy(ROOT / "examples" / "triage.ipynb", tmp_path))


@pytest.mark.timeout(200)
def test_a_changed_verdict_fails_and_other_times_do_not(copied: Path) -> None:
    text = copied.read_text(encoding="utf-8")
    later = re.sub(r"(?<![+\d.])\d+\.\d+ ms", "1234 ms", text)
    other = later.replace("| **Owner** | the proxy (", "| **Owner** | the server (")
    copied.write_text(other, encoding="utf-8")
    done = compare(copied)

    assert text != later != other
    assert done.returncode == 1, done.stdout
    assert "1 failed, 9 passed" in done.stdout
    assert "the server" in done.stdout
