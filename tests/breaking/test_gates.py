"""A gate never passes on nothing: nothing named, nothing read, nothing asked."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from junitparser import JUnitXml

from docs.test_ci import JOBS, TOKEN
from quick_start import quickly
from streamtriage.apps.compare.parameters import ComparisonParameters
from streamtriage.apps.fleet.parameters import FleetParameters
from streamtriage.apps.history.parameters import HistoryParameters
from streamtriage.apps.named import REHEARSE
from streamtriage.apps.preflight import Preflight, concluded, policy_of
from streamtriage.apps.preflight.parameters import PreflightParameters
from streamtriage.apps.triage.parameters import Parameters, RunbookParameters
from streamtriage.fleet.summary import exit_code
from streamtriage.history import answer_of, history
from streamtriage.lab import serve
from streamtriage.notebook.injected import assigned_names
from streamtriage.workstation.filesystem import Surroundings

if TYPE_CHECKING:
    from streamtriage.history import History

pytestmark = pytest.mark.real(part="breaking")

RUNBOOKS = Path(__file__).parents[2] / "runbooks"
LOGS = Path(__file__).parents[1] / "data" / "client-logs"
KINDS: dict[str, type[RunbookParameters]] = {
    "triage": Parameters,
    "preflight": PreflightParameters,
    "history": HistoryParameters,
    "compare": ComparisonParameters,
    "fleet": FleetParameters,
}
# The parameter that names what a runbook is about.
SUBJECT = {
    "triage": "url",
    "preflight": "url",
    "history": "logs",
    "compare": "broken",
    "fleet": "targets",
}


def papermill(name: str, *given: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if k != REHEARSE}
    pairs = [word for each in given for word in ("-p", *each.split("=", 1))]
    return subprocess.run(
        [
            *(*quickly("papermill"), "--execution-timeout", "120"),
            *(str(RUNBOOKS / f"{name}.ipynb"), "out.ipynb", *pairs),
        ],
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
        cwd=cwd,
        env=env | {"HOME": str(cwd)},
    )


def last_line(done: subprocess.CompletedProcess[str]) -> str:
    return done.stderr.strip().splitlines()[-1]


@pytest.mark.parametrize("name", KINDS)
def test_a_gate_that_names_nothing_does_not_pass(name: str, tmp_path: Path) -> None:
    """An unset variable is the most frequent reason for it."""
    done = papermill(name, f"{SUBJECT[name]}=", cwd=tmp_path)

    assert done.returncode != 0
    assert f"{SUBJECT[name]}: it is empty" in last_line(done)
    assert [p.name for p in tmp_path.iterdir() if p.suffix in (".json", ".xml")] == []
    kept = json.loads((tmp_path / "out.ipynb").read_text())
    shown = [o for cell in kept["cells"] for o in cell.get("outputs", ())]
    (error,) = (each for each in shown if each["output_type"] == "error")
    assert error["traceback"] == [f"{error['ename']}: {error['evalue']}"]
    assert str(Path(sys.prefix)) not in json.dumps(shown)


@pytest.mark.parametrize("name", [*KINDS, "practise"])
def test_a_parameter_that_a_runbook_lacks_is_an_error(
    name: str, tmp_path: Path
) -> None:
    done = papermill(name, "URL=http://127.0.0.1:9/mcp", cwd=tmp_path)

    assert done.returncode != 0
    assert "URL: this runbook has no such parameter." in last_line(done)
    meant = "url" in getattr(KINDS.get(name), "model_fields", ())
    assert ("Did you mean url?" in last_line(done)) == meant


@pytest.mark.parametrize("name", KINDS)
def test_every_parameter_of_a_runbook_is_known(name: str) -> None:
    """What stands in the cell is what is checked; nothing of it counts as unknown."""
    notebook = json.loads((RUNBOOKS / f"{name}.ipynb").read_text())
    cell = next(
        each
        for each in notebook["cells"]
        if "parameters" in each["metadata"].get("tags", ())
    )
    source = "# Parameters\n" + "".join(cell["source"])

    names = assigned_names([source])
    assert names
    assert set(names) <= set(KINDS[name].names())


def test_a_parameter_that_the_cell_does_not_hold_is_taken(tmp_path: Path) -> None:
    """The notebook names the frequent ones; any other field of the intake counts."""
    given = ("url=http://127.0.0.1:9/mcp", "client=codex", "preflight_json=p.json")
    done = papermill("preflight", *given, cwd=tmp_path)
    told = Preflight.model_validate_json((tmp_path / "p.json").read_text())
    report = told.servers[0].report

    assert done.returncode != 0
    assert report is not None
    assert report.intake.client == "codex"


def test_a_rehearsal_says_so_in_every_file(tmp_path: Path) -> None:
    names = ("preflight_json=p.json", "junit_xml=j.xml", "sarif=s.sarif")
    done = papermill("preflight", "lab_fault=healthy-get-405", *names, cwd=tmp_path)
    told = Preflight.model_validate_json((tmp_path / "p.json").read_text())
    sarif = json.loads((tmp_path / "s.sarif").read_text())
    suite = next(iter(JUnitXml.fromfile(str(tmp_path / "j.xml"))))
    notebook = (tmp_path / "out.ipynb").read_text()

    assert done.returncode == 0, done.stderr
    assert told.rehearsal
    assert told.servers[0].report is not None
    assert told.servers[0].report.rehearsal
    assert sarif["runs"][0]["properties"]["rehearsal"] is True
    assert suite.name.startswith("REHEARSAL ")
    assert "REHEARSAL, not a server of yours: PASSED" in notebook


def test_a_preflight_of_nobody_is_unknown() -> None:
    done = concluded((), policy_of("present", [], "report"))

    assert (done.result, done.exit_code) == ("unknown", 3)


def test_a_fleet_of_nobody_is_not_well() -> None:
    assert exit_code((), some_were_bad=False) == 3


def command(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "streamtriage", *words],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=cwd,
        env={**os.environ, "HOME": str(cwd)},
    )


@pytest.mark.parametrize(
    "words",
    [
        ("triage", ""),
        ("preflight", ""),
        ("preflight", "http://127.0.0.1:9/mcp", ""),
        ("preflight", "http://127.0.0.1:9/mcp", "--auth-env", ""),
        ("preflight", "http://127.0.0.1:9/mcp", "--junit", ""),
        ("preflight",),
        ("runbook", "--url", ""),
        ("runbook",),
        ("fleet", ""),
        ("fleet",),
        ("history", "--logs", ""),
        ("history", "--server", ""),
        ("judge", ""),
        ("compare", "", ""),
        ("signature", ""),
    ],
    ids=" ".join,
)
def test_what_is_given_and_empty_is_bad_usage(
    words: tuple[str, ...], tmp_path: Path
) -> None:
    done = command(*words, cwd=tmp_path)

    assert done.returncode == 2
    assert done.stdout == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == []


# --- nothing read, too little read, quiet ---------------------------------------------


def read(folder: Path, **given: Any) -> History:
    here = Surroundings.real(folder, {"PATH": ""}, folder)
    return history(folder, here, **given)


def test_nothing_read_is_no_quiet(tmp_path: Path) -> None:
    told = read(tmp_path)
    done = command("history", cwd=tmp_path)

    assert answer_of(told).kind == "nothing read"
    assert done.returncode == 3
    assert done.stdout.startswith("Nothing was read: ")
    assert "No stream" not in done.stdout


def test_a_filter_that_fits_nothing_names_what_there_is(tmp_path: Path) -> None:
    done = command("history", "--logs", str(LOGS), "--server", "nonsense", cwd=tmp_path)

    assert done.returncode == 3
    assert "No server is called `nonsense`" in done.stdout
    assert "notes" in done.stdout


def test_a_log_that_is_quiet_is_said_with_its_numbers() -> None:
    told = read(LOGS / "healthy")

    assert answer_of(told).kind == "quiet"
    assert re.search(r"in \d+ connections? of \d+ log files?", answer_of(told).says)


def test_too_little_read_is_neither() -> None:
    told = read(LOGS / "healthy").model_copy(update={"files_unread": 3})

    assert answer_of(told).kind == "too little read"
    assert "3 files not read" in answer_of(told).says
    assert not told.told


def test_papermill_stops_where_the_logs_do_not_tell(tmp_path: Path) -> None:
    done = papermill("history", "logs=machine", cwd=tmp_path)
    notebook = (tmp_path / "out.ipynb").read_text()

    assert done.returncode != 0
    assert "NotToldError: Nothing was read" in last_line(done)
    assert "No stream dropped" not in notebook
    assert "No refused opening" not in notebook
    assert "not from a timer" not in notebook


# --- the jobs of docs/ci --------------------------------------------------------------


# They wait most of the time.
AT_ONCE = 3


def variables(name: str) -> list[str]:
    """Return every variable that a job's steps read, but the shell's own."""
    text = "\n".join(step.script for step in JOBS[name]())
    found = set(re.findall(r"\$\{?([A-Z][A-Z_]+)", text))
    return sorted(found - {"MCP_TOKEN"})


@pytest.mark.parametrize("name", JOBS)
def test_a_job_with_a_variable_unset_fails_in_one_line_or_does_without(
    name: str, tmp_path: Path
) -> None:
    """Each by itself: without the server's name it ends in words and writes nothing."""
    tools = tmp_path / "bin"
    tools.mkdir()
    program = tools / "streamtriage"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m streamtriage "$@"\n')
    program.chmod(0o755)
    with serve("healthy-get-405") as lab, ThreadPoolExecutor(AT_ONCE) as pool:
        done = pool.map(
            lambda unset: job_without(unset, name, tmp_path / unset, tools, lab.url),
            variables(name),
        )
        ended = dict(zip(variables(name), done, strict=True))

    code, told = ended.pop("MCP_URL")
    assert code != 0
    assert len(told.strip().splitlines()) == 1
    assert "MCP_URL" in told
    assert sorted(path.name for path in (tmp_path / "MCP_URL").iterdir()) == []
    assert {unset: code for unset, (code, _) in ended.items()} == dict.fromkeys(
        ended, 0
    ), ended


def job_without(
    unset: str, name: str, folder: Path, tools: Path, url: str
) -> tuple[int, str]:
    """Run a job's steps without one variable; return their code and last words."""
    folder.mkdir()
    env = {k: v for k, v in os.environ.items() if not k.startswith("CI_")}
    env |= {"PATH": f"{tools}:{env['PATH']}", "HOME": str(folder)}
    env |= {"MCP_URL": url, "MCP_TOKEN": TOKEN, "HOLD": "0"}
    env |= {"CI_JOB_STATUS": "success", "STREAMTRIAGE": "x", "OUT": "out"}
    env.pop(unset, None)
    shell = ["sh"] if name == "preflight.sh" else ["bash", "-eo", "pipefail"]
    code, told = 0, ""
    for step in JOBS[name]():
        if code or step.after_failure:
            continue
        done = subprocess.run(
            [*shell, "-c", step.script],
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
            cwd=folder,
            env=env,
        )
        code, told = done.returncode, done.stderr
    return code, told
