"""The preflight runbook as a CI job runs it, and as a person sees it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from junitparser import JUnitXml

from quick_start import quickly
from streamtriage.apps.preflight import Preflight
from streamtriage.apps.preflight.notebook import Gate, PreflightFailed
from streamtriage.apps.preflight.parameters import PreflightParameters
from streamtriage.apps.triage.form import Form
from streamtriage.apps.triage.parameters import ParameterError
from streamtriage.lab import serve
from streamtriage.notebook import export

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.real(part="commands")

ROOT = Path(__file__).parents[2]
CANARY = "canary-4711-runbook"


def papermill(
    target: Path, parameters: Mapping[str, str], env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    given = [part for k, v in parameters.items() for part in ("-p", k, v)]
    source = ROOT / "runbooks" / "preflight.ipynb"
    return subprocess.run(
        [
            *(*quickly("papermill"), str(source), str(target)),
            *("--execution-timeout", "120", "--no-progress-bar", *given),
        ],
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
        cwd=target.parent,
        env={**os.environ, **(env or {})},
    )


def outputs(path: Path) -> list[Any]:
    return [o for cell in export.read(path).cells for o in cell.get("outputs", [])]


def shown(path: Path) -> str:
    texts = (o.get("data", {}).get("text/markdown", "") for o in outputs(path))
    return "\n".join(texts)


def test_a_sound_server_lets_the_build_go_on(tmp_path: Path) -> None:
    target = tmp_path / "executed.ipynb"
    done = papermill(target, {"lab_fault": "healthy-get-405", "hold_s": "0"})

    assert done.returncode == 0, done.stderr
    assert "PASSED" in shown(target)
    assert {o.output_type for o in outputs(target)} == {"display_data"}


def test_a_fault_fails_the_build_with_everything_written(tmp_path: Path) -> None:
    """Non-zero exit, the notebook and the files are there, one short line of error."""
    target = tmp_path / "executed.ipynb"
    with serve("token-expired-no-provider") as lab:
        parameters = {
            "url": "env:MY_URL",
            "auth_env": "MY_TOKEN",
            "hold_s": "0",
            "junit_xml": "out/junit.xml",
            "sarif": "out/preflight.sarif",
            "preflight_json": "out/preflight.json",
        }
        secrets = {"MY_URL": f"{lab.url}?key={CANARY}-q", "MY_TOKEN": f"{CANARY}-t"}
        done = papermill(target, parameters, secrets)

    files = [tmp_path / "out" / n for n in ("junit.xml", "preflight.sarif")]
    files += [target, tmp_path / "out" / "preflight.json"]
    told = Preflight.model_validate_json(files[-1].read_text())
    (error,) = [o for o in outputs(target) if o.output_type == "error"]

    assert done.returncode == 1
    assert told.exit_code == 1
    assert "token-expired-no-provider" in shown(target)
    assert JUnitXml.fromfile(str(files[0])).failures == 1
    assert error.ename == "PreflightFailed"
    # papermill prints this last: what fails, whose it is, and the first fix.
    first, cause, *_, last = error.traceback[0].splitlines()
    assert first.startswith("PreflightFailed: FAILED (1 of 1 server): preflight of ")
    assert cause.startswith("  token-expired-no-provider fails (present); for the ")
    assert last == "(exit code 1 on the command line)"
    assert done.stderr.rstrip().endswith(error.traceback[0])
    assert [CANARY in each.read_text() for each in files] == [False] * 4
    assert CANARY not in done.stdout + done.stderr


def test_bad_usage_sends_nothing_and_says_what_to_write(tmp_path: Path) -> None:
    target = tmp_path / "executed.ipynb"
    done = papermill(target, {"fail_on": "get-404"})

    assert done.returncode == 1
    assert "no cause is called" in done.stderr
    assert "PASSED" not in shown(target)


@pytest.mark.parametrize(
    ("given", "field", "value"),
    [
        ({"allow": "get-204=ticket 1"}, "allow", {"get-204": "ticket 1"}),
        ({"allow": '{"get-204": "ticket 1"}'}, "allow", {"get-204": "ticket 1"}),
        ({"allow": ""}, "allow", {}),
        ({"header_envs": "X-Key=MY_KEY"}, "header_envs", {"X-Key": "MY_KEY"}),
        ({"tries": "3"}, "tries", 3),
        ({"ask": "False"}, "ask", False),
    ],
)
def test_text_becomes_what_it_says(
    given: dict[str, Any], field: str, value: object
) -> None:
    assert getattr(PreflightParameters.read(given), field) == value


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"fail_on": "nothing-like-it"}, "no cause is called"),
        ({"allow": "get-204"}, "give the reason"),
        ({"allow": "{"}, "allow"),
        ({"allow": "[1]"}, "allow"),
        ({"unknown": "maybe"}, "unknown"),
        ({"tries": 0}, "tries"),
        ({"auth_env": f"{CANARY}-9"}, "name of an environment variable"),
        ({"url": f"https://host/mcp?key={CANARY}"}, "env:NAME_OF_THE_VARIABLE"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_cannot_be_used_is_refused_in_words(
    given: dict[str, Any], says: str
) -> None:
    with pytest.raises(ParameterError, match=says) as refused:
        PreflightParameters.read(given)

    assert CANARY not in str(refused.value)


@pytest.mark.anyio
async def test_a_person_sees_a_form_and_no_exception() -> None:
    """Run is pressed, the panes fill in, and a failure is a table, not a traceback."""
    with serve("get-204") as lab:
        parameters = PreflightParameters.read({"ask": True, "hold_s": 0})
        gate = Gate(parameters, environ={})
        form, checks = gate.form(), await gate.checks()
        assert isinstance(form, Form)
        before = checks.text
        form.fields["url"].value = lab.url
        form.run.click()
        assert form.run.disabled
        await gate.finished()
        result = await gate.conclude()

    assert "Press **Run**" in before
    assert gate.done is not None
    assert "✔ pass" in checks.text
    assert "preflight of" in result.text
    assert not form.run.disabled
    assert "error" not in form.fields


@pytest.mark.anyio
async def test_without_a_form_a_failure_is_raised_after_everything_is_shown() -> None:
    with serve("tcp-refused-server-down") as lab:
        parameters = PreflightParameters.read({"ask": False, "url": lab.url})
        gate = Gate(parameters, environ={})
        checks = await gate.checks()
        with pytest.raises(PreflightFailed, match="tcp-refused-server-down"):
            await gate.conclude()

    assert "✘ FAIL" in checks.text
