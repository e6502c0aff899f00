"""Installed as people install it: from the wheel, by pipx and uvx, and without make.

Packages come from the index that pip is configured with; where none is reached, these
tests are skipped, and say so.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.real(part="commands"), pytest.mark.timeout(900)]

ROOT = Path(__file__).parents[1]
REHEARSED = "not on your server: the verdict is right."


def plain_environment(*first: Path, home: Path) -> dict[str, str]:
    """Return what a person has who has never seen the tree."""
    left = ("PYTHONPATH", "VIRTUAL_ENV", "STREAMTRIAGE_REHEARSE", "PATH")
    env = {k: v for k, v in os.environ.items() if k not in left}
    tools = (*map(str, first), "/usr/local/bin", "/usr/bin", "/bin")
    return env | {
        "PATH": os.pathsep.join(tools),
        "UV_TOOL_DIR": str(home / "uv"),
        "PIPX_HOME": str(home / "pipx"),
        "PIPX_BIN_DIR": str(home / "bin"),
        # Most of what is installed is never imported here.
        "PIP_COMPILE": "0",
    }


def run(
    *command: str, cwd: Path, env: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "--no-deps", "-q"),
            *("-w", str(folder), str(ROOT)),
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"NO PACKAGE INDEX: no wheel can be built: {done.stderr[-300:]}")
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install pipx and uv into an environment of their own; return their folder."""
    folder = tmp_path_factory.mktemp("tools")
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True, timeout=120)
    done = subprocess.run(
        [str(folder / "bin" / "pip"), "install", "-q", "--no-compile", "pipx", "uv"],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"NO PACKAGE INDEX: no pipx and uv: {done.stderr[-300:]}")
    return folder / "bin"


@pytest.mark.parametrize("program", ["uvx", "pipx"])
def test_the_runbook_runs_from_the_wheel(
    wheel: Path, tools: Path, tmp_path: Path, program: str
) -> None:
    """Without a tree at hand, the notebook is found where the wheel put it."""
    env = plain_environment(tools, tmp_path / "bin", home=tmp_path)
    spec = f"{wheel}[notebook,lab]"
    if program == "pipx":
        done = run("pipx", "install", spec, cwd=tmp_path, env=env)
        assert done.returncode == 0, done.stderr
        command = ["streamtriage"]
    else:
        command = ["uvx", "--from", spec, "streamtriage"]

    told = run(
        *(*command, "runbook", "--lab", "half-open-stream-409", "--out", "kept"),
        cwd=tmp_path,
        env=env,
    )

    assert told.returncode == 0, told.stderr
    assert REHEARSED in told.stdout
    kept = sorted(path.suffix for path in (tmp_path / "kept").iterdir())
    assert kept == [".html", ".ipynb", ".json"]
    assert str(ROOT) not in (tmp_path / "kept").glob("*.ipynb").__next__().read_text()


def test_it_installs_and_runs_without_make_and_without_a_shell(tmp_path: Path) -> None:
    """What the README says for Windows: Python alone, each command a list of words."""
    env = plain_environment(home=tmp_path)
    into = tmp_path / "own"
    words = [sys.executable, str(ROOT / "install.py"), "--into", str(into)]
    done = run(*words, cwd=tmp_path, env=env)
    if done.returncode and "No matching distribution" in done.stderr:
        pytest.skip(f"NO PACKAGE INDEX: {done.stderr[-300:]}")
    scripts = into / ("Scripts" if os.name == "nt" else "bin")
    told = run(str(scripts / "streamtriage"), "rehearse", cwd=tmp_path, env=env)

    assert done.returncode == 0, done.stderr
    first, *_, last = done.stdout.strip().splitlines()
    assert first.startswith("Installing streamtriage[lab] into ")
    assert "one to five minutes, and is done once" in first
    assert last.startswith("Installed in ")
    assert last.endswith(f"Next: {scripts / 'streamtriage'} rehearse")
    assert told.returncode == 0, told.stderr
    assert "Rehearsal: the verdict is right." in told.stderr


def test_a_failed_installation_says_how_to_get_out_of_it(tmp_path: Path) -> None:
    env = plain_environment(home=tmp_path) | {"PIP_NO_INDEX": "1"}
    env = {k: v for k, v in env.items() if k != "PIP_FIND_LINKS"}
    words = [sys.executable, str(ROOT / "install.py"), "--into", str(tmp_path / "own")]
    done = run(*words, cwd=tmp_path, env=env)

    assert done.returncode == 1
    assert "pip could not install it" in done.stderr
    assert "PIP_INDEX_URL" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_readme_names_the_way_without_make() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    assert "py install.py" in readme
    assert r".venv\Scripts\streamtriage triage" in readme
