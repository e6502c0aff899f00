"""`make triage` hands over what was typed letter by letter, and runs none of it."""

from __future__ import annotations

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[1]
ECHO = """#!{python}
import json, os, sys
json.dump(sys.argv[1:], open({out!r}, "w"))
sys.exit(int(os.environ.get("CODE", "0")))
"""

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is missing")


# Without a server of one's own, make names the fault that is rehearsed.
REHEARSED = "--lab=half-open-stream-409"


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """Build an environment whose Python writes down how it was called."""
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text(
        ECHO.format(python=sys.executable, out=str(tmp_path / "called.json"))
    )
    python.chmod(0o755)
    (tmp_path / ".installed-notebook").touch()
    return tmp_path


def make(
    venv: Path, *words: str, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "-C", str(ROOT), f"VENV={venv}", "triage", *words],
        env=os.environ | (env or {}),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def called(venv: Path) -> list[str]:
    arguments = json.loads((venv / "called.json").read_text())
    assert arguments[:3] == ["-m", "streamtriage", "runbook"]
    return list(arguments[3:])


@pytest.mark.parametrize(
    "error",
    [
        pytest.param("Failed to open SSE stream: Conflict", id="plain"),
        pytest.param('it\'s "quoted" (and) [more]; `x` & | > <', id="shell signs"),
        pytest.param("first line\nsecond line", id="two lines"),
        pytest.param("costs $5, $HOME, ${PATH} and $$", id="dollars"),
        pytest.param("# no comment = no assignment \\", id="make signs"),
        pytest.param("--hold 5", id="looks like an option"),
        pytest.param("连接断开且无法重连", id="another script"),
    ],
)
def test_the_error_arrives_letter_by_letter(venv: Path, error: str) -> None:
    done = make(venv, f"ERROR={error}")

    assert done.returncode == 0, done.stderr
    assert called(venv) == [f"--error={error}", REHEARSED]


def test_pasted_text_is_never_run(venv: Path) -> None:
    """Neither make nor the shell expands what it holds."""
    mark = venv / "pwned"
    text = f"$(shell touch {mark}) $(touch {mark}) `touch {mark}`; touch {mark}"
    make(venv, f"ERROR={text}", f"URL={text}", f"HOLD={text}")

    assert f"--error={text}" in called(venv)
    assert not mark.exists()


def test_a_variable_is_an_option_whatever_its_name(venv: Path) -> None:
    """A misspelt one is the command's to refuse."""
    make(venv, "URL=https://h/mcp", "OUT=kept", "LAB=healthy", "HOLDD=9")

    assert called(venv) == [
        *("--holdd=9", "--lab=healthy", "--out=kept"),
        "--url=https://h/mcp",
    ]


def test_variables_of_the_environment_are_not_meant(venv: Path) -> None:
    """A CI system that has a variable called URL does not redirect the rehearsal."""
    make(venv, env={"URL": "https://elsewhere/", "ERROR": "x", "HOLD": "1"})

    assert called(venv) == [REHEARSED]


@pytest.mark.parametrize(("code", "says"), [("1", "a cause"), ("3", "could not tell")])
def test_the_exit_code_is_told(venv: Path, code: str, says: str) -> None:
    """Make itself can only say 2, so the line before says which it was."""
    done = make(venv, "URL=https://h/mcp", env={"CODE": code})

    assert done.returncode == 2
    assert f"Exit code {code}: {says}" in done.stderr


def test_ci_runs_every_part() -> None:
    """What `make test` and `make test-real` ask for, and nothing twice."""
    ci = runpy.run_path(str(ROOT / ".ci" / "parts.py"), run_name="parts")
    told = subprocess.run(
        ["make", "-C", str(ROOT), "-pn", "help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    ).stdout
    asked = re.findall(r"^(?:test|test-real): (.+)$", told, re.MULTILINE)

    assert len(asked) == 2
    assert sorted(ci["PARTS"]) == sorted(" ".join(asked).split())


def test_every_test_that_is_met_for_real_has_its_part() -> None:
    """A part that the Makefile does not know would be run by nothing."""
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    parts = re.findall(r"^REAL := (.+)$", text, re.MULTILINE)[0].split()
    files = (ROOT / "tests").rglob("test_*.py")
    marks = re.compile(r"pytest\.mark\.real\((.*?)\)")
    used = {each for path in files for each in marks.findall(path.read_text("utf-8"))}

    assert used == {f'part="{each}"' for each in parts}


def test_a_part_reads_every_file_that_has_a_test_of_it() -> None:
    """And no other: to read them all takes seconds of each process."""
    marks = re.compile(r"\breal\(\s*part\s*=\s*['\"](\w+)['\"]")
    wanted: dict[str, set[str]] = {}
    for path in (ROOT / "tests").rglob("test_*.py"):
        text, name = path.read_text("utf-8"), str(path.relative_to(ROOT))
        for part in marks.findall(text):
            wanted.setdefault(part, set()).add(name)
        if re.search(r"(?m)^\s*(?:import|from) hypothesis\b", text):
            wanted.setdefault("properties", set()).add(name)

    read = {
        part: set(re.findall(r"\btests/\S+\.py\b", told_by_make(f"test-{part}")))
        for part in wanted
    }
    assert read == wanted


def told_by_make(target: str) -> str:
    """Return what make would run for a target."""
    return subprocess.run(
        ["make", "-C", str(ROOT), "-n", target],
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    ).stdout


@pytest.mark.parametrize(
    ("names", "code", "last"),
    [
        pytest.param(["good"], 0, "3 passed, 0 failed, 1 skipped", id="all pass"),
        pytest.param(["good", "bad"], 1, "3 passed, 1 failed, 1 skipped", id="a test"),
        pytest.param(["plain"], 0, "1 passed, 0 failed, 0 skipped", id="no tests"),
        pytest.param(["over"], 1, "3 passed, 1 failed, 1 skipped", id="no test failed"),
        pytest.param(["unknown"], 1, "0 passed, 1 failed, 0 skipped", id="no target"),
    ],
)
def test_ci_fails_if_a_part_fails(
    tmp_path: Path, names: list[str], code: int, last: str
) -> None:
    """And its last line says how many tests ran, which whoever reads CI looks for."""
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "parts.py", tmp_path / ".ci")
    (tmp_path / "good.xml").write_text(
        '<testsuites><testsuite tests="4" failures="0" errors="0" skipped="1"/>'
        "</testsuites>"
    )
    (tmp_path / "bad.xml").write_text(
        '<testsuites><testsuite tests="1" failures="1" errors="0" skipped="0">'
        '<testcase classname="test_it" name="test_b"><failure message="assert 1&#10;'
        ' == 2">…</failure></testcase></testsuite></testsuites>'
    )
    (tmp_path / "Makefile").write_text(
        "install browser products plain:\n"
        "good over:\n\tcp good.xml $(JUNIT)\n\ttest $@ = good\n"
        "bad:\n\tcp bad.xml $(JUNIT)\n\techo said this; false\n"
    )
    done = subprocess.run(
        [sys.executable, ".ci/parts.py", *names],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )

    assert done.returncode == code, done.stderr
    assert done.stdout.splitlines()[-1] == last
    assert ("said this" in done.stdout) == ("bad" in names)
    failed = "FAILED in bad: test_it::test_b: assert 1 == 2"
    assert (failed in done.stdout.splitlines()) == ("bad" in names)


def test_stopped_ci_leaves_nothing_running(tmp_path: Path) -> None:
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci" / "parts.py", tmp_path / ".ci")
    (tmp_path / "Makefile").write_text(
        "install browser products:\nlong:\n\techo $$PPID > begun; sleep 300\n"
    )
    begun = tmp_path / "begun"
    process = subprocess.Popen(
        [sys.executable, ".ci/parts.py", "long"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
    )
    while not (begun.exists() and begun.read_text().strip()):
        assert process.poll() is None
        time.sleep(0.05)

    process.terminate()

    assert process.wait(60) == 1
    group = int(begun.read_text())
    while psutil.pid_exists(group):
        time.sleep(0.05)
