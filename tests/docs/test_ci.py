"""The ready-made CI jobs: their schemas hold, and their shell really runs.

Two things differ from a real job: the step that installs is left out, since the tree
under test is there already, and variables that the CI would set are set here.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from junitparser import JUnitXml
from typer.testing import CliRunner

from streamtriage.__main__ import app
from streamtriage.lab import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.real(part="commands")

CI = Path(__file__).parents[2] / "docs" / "ci"
SCHEMAS = {
    "github-actions.yml": "vendor.github-workflows",
    "gitlab-ci.yml": "vendor.gitlab-ci",
}
TOKEN = "canary-4711-ci"


@dataclass(frozen=True)
class Step:
    """One shell script of a job; `after_failure` runs only if one before failed."""

    script: str
    after_failure: bool = False


def load(name: str) -> Any:
    return yaml.safe_load((CI / name).read_text(encoding="utf-8"))


def github() -> Iterator[Step]:
    for step in load("github-actions.yml")["jobs"]["preflight"]["steps"]:
        if "run" in step and step["name"] != "Install":
            yield Step(step["run"], str(step.get("if")).startswith("failure()"))


def gitlab() -> Iterator[Step]:
    job = load("gitlab-ci.yml")["mcp-preflight"]
    yield Step("\n".join(job["script"]))
    yield Step("\n".join(job["after_script"]), after_failure=True)


def shell() -> Iterator[Step]:
    yield Step((CI / "preflight.sh").read_text(encoding="utf-8"))


JOBS = {"github-actions.yml": github, "gitlab-ci.yml": gitlab, "preflight.sh": shell}


def execute(name: str, folder: Path, url: str) -> int:
    """Run a job's steps as its CI does; return the first exit code that is not 0."""
    tools = folder / "bin"
    tools.mkdir()
    program = tools / "streamtriage"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m streamtriage "$@"\n')
    program.chmod(0o755)
    env = {k: v for k, v in os.environ.items() if not k.startswith(("GITHUB_", "CI_"))}
    env |= {"PATH": f"{tools}:{env['PATH']}", "MCP_URL": url, "MCP_TOKEN": TOKEN}
    env |= {"HOLD": "0", "CI_JOB_STATUS": "failed"}
    if name == "preflight.sh":
        command = ["sh", "-c"]
    else:
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]
    code = 0
    for step in JOBS[name]():
        if step.after_failure and not code:
            continue
        done = subprocess.run(
            [*command, step.script],
            cwd=folder,
            env=env,
            timeout=150,
            check=False,
            capture_output=True,
            text=True,
        )
        assert TOKEN not in done.stdout + done.stderr
        code = code or done.returncode
    return code


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_job_fits_the_schema_of_its_ci(name: str) -> None:
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema"]
    done = subprocess.run(
        [*check, SCHEMAS[name], str(CI / name)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("name", JOBS)
def test_a_sound_server_passes(name: str, tmp_path: Path) -> None:
    with serve("healthy-get-405") as lab:
        code = execute(name, tmp_path, lab.url)

    left = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert code == 0
    assert left == ["junit.xml", "preflight.json", "preflight.sarif"]


@pytest.mark.parametrize("name", JOBS)
def test_a_faulty_one_fails_with_everything_kept(name: str, tmp_path: Path) -> None:
    """The executed notebook, its page and the reports are there, without the token."""
    with serve("tcp-refused-server-down") as lab:
        code = execute(name, tmp_path, lab.url)

    out = tmp_path / "out"
    kinds = sorted(path.suffix for path in out.iterdir())
    assert code == 1
    assert kinds == [".html", ".ipynb", ".json", ".json", ".sarif", ".xml"]
    assert JUnitXml.fromfile(str(out / "junit.xml")).failures == 1
    assert [p.name for p in out.iterdir() if TOKEN in p.read_text()] == []


def test_github_keeps_and_uploads_what_was_written() -> None:
    job = load("github-actions.yml")
    steps = {each.get("uses", ""): each for each in job["jobs"]["preflight"]["steps"]}
    sarif = next(s for use, s in steps.items() if "upload-sarif" in use)
    kept = next(s for use, s in steps.items() if "upload-artifact" in use)

    assert job["permissions"]["security-events"] == "write"
    assert sarif["with"]["sarif_file"] == "out/preflight.sarif"
    assert sarif["if"].startswith("always()")
    assert (kept["if"], kept["with"]["path"]) == ("always()", "out/")


def test_gitlab_keeps_and_reports_what_was_written() -> None:
    artifacts = load("gitlab-ci.yml")["mcp-preflight"]["artifacts"]

    assert artifacts["when"] == "always"
    assert artifacts["reports"]["junit"] == "out/junit.xml"
    assert artifacts["paths"] == ["out/"]


@pytest.mark.parametrize("path", sorted(CI.iterdir()), ids=lambda path: path.name)
def test_no_secret_is_on_a_command_line(path: Path) -> None:
    """A token appears as the name of its variable, and is never expanded."""
    text = path.read_text(encoding="utf-8")

    assert not re.search(r"\$\{?MCP_TOKEN\}?(?!:\+)(?![:\w])", text)


def test_the_script_is_plain_shell() -> None:
    script = CI / "preflight.sh"
    plain = shutil.which("dash") or "sh"

    assert os.access(script, os.X_OK)
    subprocess.run([plain, "-n", str(script)], check=True, timeout=10)


def test_a_missing_url_is_said() -> None:
    done = subprocess.run(
        ["sh", str(CI / "preflight.sh")],
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )

    assert done.returncode != 0
    assert "set MCP_URL" in done.stderr


def test_every_option_of_preflight_is_explained() -> None:
    text = (CI / "README.md").read_text(encoding="utf-8")
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["preflight", "--help"])
    options = set(re.findall(r"--[a-z][a-z-]+", done.output)) - {"--help"}

    assert len(options) > 15
    assert sorted(each for each in options if f"`{each}" not in text) == []
