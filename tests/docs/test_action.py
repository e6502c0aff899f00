"""The composite action: its schema holds, and each of its shell steps really runs.

The steps that use another action are left out: no runner is here to fetch them.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from streamtriage.lab import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

pytestmark = pytest.mark.real(part="commands")

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
TOKEN = "canary-4711-action"
_EXPRESSION = re.compile(r"\$\{\{ (.+?) \}\}")


@dataclass
class Job:
    """One use of the action, on a runner that knows only what this action asks for."""

    folder: Path
    given: Mapping[str, str]
    outputs: dict[str, dict[str, str]] = field(default_factory=dict)
    path: list[str] = field(default_factory=list)
    told: str = ""
    summary: str = ""

    def inputs(self) -> dict[str, str]:
        unknown = set(self.given) - set(ACTION["inputs"])
        assert not unknown
        declared = {k: v.get("default", "") for k, v in ACTION["inputs"].items()}
        return declared | dict(self.given)

    def value(self, text: str) -> str:
        """Evaluate one operand, or what chooses between two, as a runner does."""
        text = text.strip()
        if " && " in text and " || " in text:
            condition, _, rest = text.partition(" && ")
            yes, _, no = rest.partition(" || ")
            return self.value(yes if self.holds(condition) else no)
        if text.startswith("'"):
            return text.strip("'")
        match text.split("."):
            case ["inputs", name]:
                return self.inputs()[name]
            case ["github", "action_path"]:
                return str(ROOT)
            case ["runner", "temp"]:
                return str(self.folder / "temp")
            case ["steps", step, "outputs", name]:
                return self.outputs.get(step, {}).get(name, "")
        raise AssertionError(text)

    def holds(self, condition: str) -> bool:
        for each in condition.split(" && "):
            if each == "always()":
                continue
            left, operator, right = re.split(r" (==|!=) ", each)
            if (self.value(left) == self.value(right)) != (operator == "=="):
                return False
        return True

    def filled(self, text: str) -> str:
        return _EXPRESSION.sub(lambda match: self.value(match[1]), text)

    def run(self, wanted: Callable[[dict[str, Any]], bool] = lambda _step: True) -> int:
        """Run the shell steps in order; return the first exit code that is not 0."""
        code = 0
        (self.folder / "temp").mkdir()
        for step in ACTION["runs"]["steps"]:
            if "run" not in step or not wanted(step):
                continue
            if code and not str(step.get("if", "")).startswith("always()"):
                continue
            if "if" in step and not self.holds(step["if"]):
                continue
            ended = self.step(step)
            code = code or ended
        return code

    def step(self, step: dict[str, Any]) -> int:
        files = {
            name: self.folder / name
            for name in ("GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")
        }
        for file in files.values():
            file.touch()
        own = ("GITHUB_", "CI_", "STREAMTRIAGE_", "VIRTUAL_ENV", "PYTHONPATH")
        env = {k: v for k, v in os.environ.items() if not k.startswith(own)}
        env |= {name: str(file) for name, file in files.items()}
        env |= {"GITHUB_ACTIONS": "true", "HOME": str(self.folder)}
        # Most of what is installed is never imported here.
        env["PIP_COMPILE"] = "0"
        env["PATH"] = os.pathsep.join([*self.path, env["PATH"]])
        env |= {name: self.filled(text) for name, text in step["env"].items()}
        # No text of somebody else's becomes a part of the script.
        assert not _EXPRESSION.search(step["run"])
        done = subprocess.run(
            [
                *("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"),
                step["run"],
            ],
            cwd=self.folder,
            env=env,
            capture_output=True,
            text=True,
            timeout=580,
            check=False,
        )
        self.told += done.stdout + done.stderr
        self.path = files["GITHUB_PATH"].read_text().split() or self.path
        self.summary = files["GITHUB_STEP_SUMMARY"].read_text()
        lines = files["GITHUB_OUTPUT"].read_text().splitlines()
        self.outputs[step.get("id", "")] = dict(line.split("=", 1) for line in lines)
        return done.returncode


def installed(_step: dict[str, Any]) -> bool:
    return str(_step["name"]) != "Install"


@pytest.fixture
def tools(tmp_path: Path) -> str:
    """Stand for what the step that installs puts on the path."""
    folder = tmp_path / "tools"
    folder.mkdir()
    for name, words in (("streamtriage", "-m streamtriage"), ("python", "")):
        program = folder / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n')
        program.chmod(0o755)
    return str(folder)


def job(folder: Path, tools: str, **given: str) -> Job:
    return Job(folder, {k.replace("_", "-"): v for k, v in given.items()}, path=[tools])


def test_it_fits_the_schema_of_actions() -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "check_jsonschema"),
            *("--builtin-schema", "vendor.github-actions", str(ROOT / "action.yml")),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stdout


def test_a_sound_server_passes(tmp_path: Path, tools: str) -> None:
    with serve("healthy") as lab:
        used = job(
            tmp_path,
            tools,
            url=lab.url,
            hold="0",
            token=TOKEN,
            options="--client=codex\r\n\n--patience=9\n",
        )
        code = used.run(installed)
    kept = json.loads((tmp_path / "out" / "preflight.json").read_text())

    assert code == 0, used.told
    assert used.outputs["preflight"] == {
        "sarif": "out/preflight.sarif",
        "result": "pass",
        "exit-code": "0",
    }
    assert kept["servers"][0]["report"]["intake"]["client"] == "codex"
    assert not list((tmp_path / "out").glob("*.ipynb"))
    assert "PASSED" in used.summary
    for each in (used.told, used.summary, *texts(tmp_path / "out")):
        assert TOKEN not in each


@pytest.mark.timeout(600)
def test_a_faulty_one_fails_with_its_whole_story(tmp_path: Path, tools: str) -> None:
    with serve("gateway-blocks-get") as lab:
        used = job(tmp_path, tools, url=lab.url, hold="0")
        code = used.run(installed)

    assert code == 1, used.told
    assert used.outputs["preflight"]["result"] == "fail"
    assert "::error title=streamtriage gateway-blocks-get::" in used.told
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"junit.xml", "preflight.json", "preflight.sarif"} < names, used.told
    assert {Path(name).suffix for name in names} >= {".ipynb", ".html"}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        pytest.param({"url": ""}, "URLS is empty", id="no URL"),
        pytest.param({"url": "http://127.0.0.1:9/mcp", "hold": "x"}, "hold", id="hold"),
        pytest.param(
            {"url": "http://h/", "options": "--allow=x"},
            "no cause is called",
            id="an option",
        ),
    ],
)
def test_a_wrong_set_up_is_red_with_words(
    tmp_path: Path, tools: str, given: dict[str, str], says: str
) -> None:
    """The page that people look at says what to set."""
    used = job(tmp_path, tools, **given)
    code = used.run(installed)

    assert code == 2, used.told
    assert used.outputs["preflight"] == {"result": "", "exit-code": "2"}
    assert "::error title=streamtriage::" in used.told
    assert says in used.summary
    assert not list((tmp_path / "out").iterdir())


def test_text_of_others_is_no_script(tmp_path: Path, tools: str) -> None:
    mark = tmp_path / "pwned"
    text = f'"; touch {mark}; $(touch {mark}) `touch {mark}`'
    job(tmp_path, tools, url=text, options=text, hold=text).run(installed)

    assert not mark.exists()


@pytest.mark.timeout(900)
def test_what_it_installs_is_what_it_runs(tmp_path: Path) -> None:
    """The step that installs, for real, into a folder of the runner's."""
    with serve("healthy") as lab:
        used = Job(tmp_path, {"url": lab.url, "hold": "0", "story": "false"})
        code = used.run()
    if code and "No matching distribution" in used.told:
        pytest.skip(f"NO PACKAGE INDEX: {used.told[-300:]}")

    assert code == 0, used.told
    assert used.path[0] == str(tmp_path / "temp" / "streamtriage" / "bin")
    assert used.outputs["preflight"]["result"] == "pass"


def texts(folder: Path) -> list[str]:
    return [path.read_text(encoding="utf-8") for path in folder.iterdir()]
