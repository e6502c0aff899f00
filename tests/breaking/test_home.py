"""The person's home is as it was before: every command, listed before and after."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from streamtriage.commands.on_demand import COMMANDS
from streamtriage.lab import serve

pytestmark = pytest.mark.real(part="breaking")

SAVED = Path(__file__).parents[1] / "data/reports/half-open-stream-409.json"
EXECUTED = Path(__file__).parents[2] / "examples/triage.ipynb"
# What each is given; URL stands for the address of a lab's server.
GIVEN: dict[str, tuple[str, ...]] = {
    "triage": ("URL", "--hold", "0"),
    "check": (str(SAVED),),
    "rehearse": ("get-not-implemented-404",),
    "preflight": ("URL", "--from-config", "--hold", "0"),
    "fleet": ("list.csv", "--hold", "0", "--out", "out"),
    "runbook": ("--lab", "healthy-get-405", "--out", "out"),
    "ticket": (str(EXECUTED), "--out", "out"),
    "extract": (str(EXECUTED),),
    "signature": (str(SAVED),),
    "judge": (str(SAVED),),
    "snapshot": (),
    "compare": (str(SAVED), str(SAVED)),
    "history": (),
    "lab": ("healthy",),
    "faults": (),
    "causes": (),
    "schema": (),
}


def listed(folder: Path) -> dict[str, tuple[int, float]]:
    """Return every file and folder with its size and when it was changed."""
    return {
        str(path.relative_to(folder)): (path.lstat().st_size, path.lstat().st_mtime)
        for path in folder.rglob("*")
    }


def test_no_command_is_forgotten() -> None:
    assert sorted(GIVEN) == sorted(name for name, *_ in COMMANDS)


@pytest.mark.parametrize("name", GIVEN)
def test_a_command_leaves_the_home_as_it_was(name: str, tmp_path: Path) -> None:
    home, work = tmp_path / "home", tmp_path / "work"
    for each in (home / ".claude", home / ".jupyter", work):
        each.mkdir(parents=True)
    (home / ".claude.json").write_text('{"mcpServers": {}}')
    before = listed(home)
    env = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "JUPYTER"))}
    env |= {"HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"}
    with serve("healthy-get-405") as lab:
        (work / "list.csv").write_text(f"name,url\ns,{lab.url}\n")
        words = [lab.url if each == "URL" else each for each in GIVEN[name]]
        running = subprocess.Popen(
            [sys.executable, "-m", "streamtriage", name, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=work,
            env=env,
        )
        if name == "lab":
            assert running.stdout is not None
            running.stdout.readline()
            running.terminate()
        _, told = running.communicate(timeout=150)

    assert running.returncode in (0, 1, 3), told
    assert listed(home) == before
