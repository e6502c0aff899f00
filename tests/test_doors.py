"""Every way in asks for every field of the intake, but for a written few."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner

from streamtriage.apps.preflight.parameters import PreflightParameters
from streamtriage.apps.triage.form import Form
from streamtriage.apps.triage.parameters import Parameters
from streamtriage.commands.entered import Entered, with_entries
from streamtriage.commands.on_demand import OnDemand
from streamtriage.commands.options import intake_of
from streamtriage.fleet.targets import FleetTarget, checked
from streamtriage.model import Entry, Intake, entries

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[1]
FIELDS = tuple(entries(Intake))
VALUES: dict[str, Any] = {
    "pasted": "Failed to open SSE stream: Conflict",
    "words": "words",
    "address": "https://host.example/mcp",
    "variable": "MY_VARIABLE",
    "variables": {"X-Api-Key": "MY_KEY", "X-Team": "TEAM"},
    "file": "company.pem",
    "seconds": 7.0,
}
ECHO = """#!{python}
import json, sys
json.dump(sys.argv[4:], open({out!r}, "w"))
"""


def value(entry: Entry) -> Any:
    return VALUES[entry.kind]


def texts(entry: Entry) -> list[str]:
    """Return the field as a person types it, a text each time it is given."""
    given = value(entry)
    if isinstance(given, dict):
        return [f"{name}={variable}" for name, variable in given.items()]
    return [f"{given:g}" if isinstance(given, float) else given]


def cell(entry: Entry) -> str:
    return ", ".join(texts(entry))


def command_of(name: str) -> Any:
    return OnDemand(commands={}).get_command(None, name)


def options(command: str) -> set[str]:
    taken = {option for each in command_of(command).params for option in each.opts}
    return {name for name, each in entries(Intake).items() if each.option in taken}


def parameters(kind: type[Parameters | PreflightParameters]) -> set[str]:
    return set(kind.names()) & set(FIELDS)


def columns() -> set[str]:
    return set(FleetTarget.model_fields) & set(FIELDS)


def asked_in_the_form() -> set[str]:
    form = Form(
        Intake(),
        (),
        on_run=lambda: None,
        on_cancel=lambda: None,
        on_rehearse=lambda: None,
    )
    return set(form.fields) & set(FIELDS)


DOORS: dict[str, Callable[[], set[str]]] = {
    "triage": lambda: options("triage"),
    "runbook": lambda: options("runbook"),
    "preflight": lambda: options("preflight"),
    "triage notebook": lambda: parameters(Parameters),
    "preflight notebook": lambda: parameters(PreflightParameters),
    "fleet list": columns,
    "form": asked_in_the_form,
}
# Which door does not take which field, and why.
EXCEPTIONS = {
    ("triage", "url"): "it is the argument, without an option",
    ("preflight", "url"): "its servers are arguments",
    ("preflight", "error"): "nothing was printed yet",
    ("preflight", "action"): "nothing was printed yet",
    ("preflight notebook", "error"): "nothing was printed yet",
    ("preflight notebook", "action"): "nothing was printed yet",
}


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("door", DOORS)
def test_every_door_takes_every_field(door: str, field: str) -> None:
    assert (field in DOORS[door]()) != ((door, field) in EXCEPTIONS)


def test_every_field_says_how_it_is_asked_for() -> None:
    found = entries(Intake)

    assert list(found) == list(Intake.model_fields)
    assert [name for name, each in found.items() if each.main] == ["error", "url"]
    assert len({each.option for each in found.values()}) == len(found)
    assert len({each.label for each in found.values()}) == len(found)
    assert all(each.help.endswith(".") and each.hint for each in found.values())


def test_a_command_hands_over_what_was_typed() -> None:
    """Each field by its option, and nothing of what was not given."""
    seen: list[Entered] = []
    app = typer.Typer()

    @app.command()
    @with_entries()
    def command(*, entered: Entered) -> None:
        seen.append(entered)

    words = [
        word
        for each in entries(Intake).values()
        for text in texts(each)
        for word in (each.option, text)
    ]
    for given in (words, []):
        assert CliRunner().invoke(app, given).exit_code == 0

    assert seen == [{name: value(e) for name, e in entries(Intake).items()}, {}]
    assert intake_of(**seen[0]) == Intake(**seen[0])
    assert intake_of(**seen[1]) == Intake()


@pytest.mark.parametrize("kind", [Parameters, PreflightParameters])
def test_a_notebook_hands_over_what_papermill_gave(
    kind: type[Parameters | PreflightParameters],
) -> None:
    """Papermill gives text, whatever it is the text of."""
    wanted = {name: e for name, e in entries(Intake).items() if name in kind.names()}
    intake = kind.read({name: cell(e) for name, e in wanted.items()}).intake({})

    assert {name: getattr(intake, name) for name in wanted} == {
        name: value(e) for name, e in wanted.items()
    }


def test_a_row_of_a_list_hands_over_its_columns() -> None:
    row = {name: cell(e) for name, e in entries(Intake).items()}
    found = checked([(1, row)])

    assert found.bad == ()
    assert found.good[0].intake(130) == Intake(
        **{name: value(e) for name, e in entries(Intake).items()}
    )


@pytest.mark.skipif(shutil.which("make") is None, reason="make is missing")
def test_make_hands_over_its_variables(tmp_path: Path) -> None:
    called = tmp_path / "called.json"
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text(ECHO.format(python=sys.executable, out=str(called)))
    python.chmod(0o755)
    (tmp_path / ".installed-notebook").touch()
    words = [f"{e.make}={cell(e)}" for e in entries(Intake).values()]
    subprocess.run(
        ["make", "-C", str(ROOT), f"VENV={tmp_path}", "triage", *words],
        env=os.environ.copy(),
        check=True,
        capture_output=True,
        timeout=30,
    )

    assert sorted(json.loads(called.read_text())) == sorted(
        f"{e.option}={cell(e)}" for e in entries(Intake).values()
    )


@pytest.mark.parametrize("command", ["triage", "runbook", "preflight"])
def test_no_option_of_a_field_is_written_by_hand(command: str) -> None:
    """One that is would have another help, and a default of its own."""
    asked = {each.option: each for each in entries(Intake).values()}
    found = [
        (asked[option], each)
        for each in command_of(command).params
        for option in each.opts
        if option in asked
    ]

    assert len(found) >= 10
    for entry, option in found:
        assert entry.help.rstrip(".") in option.help
        assert option.default is None


# --- adding one -----------------------------------------------------------------------

NEW_FIELD = '    colour: Annotated[str, Entry("Colour", "Its colour.", "red")] = ""\n'
_BEFORE = "    url: Annotated[\n"


def test_a_new_field_is_one_line_for_every_door(tmp_path: Path) -> None:
    """Written where the others are declared, it is asked for by each of the doors."""
    package = ROOT / "lib" / "streamtriage"
    copied = tmp_path / "lib" / "streamtriage"
    shutil.copytree(package, copied, ignore=shutil.ignore_patterns("__pycache__"))
    declared = copied / "model" / "intake.py"
    text = declared.read_text(encoding="utf-8")
    declared.write_text(text.replace(_BEFORE, NEW_FIELD + _BEFORE, 1), encoding="utf-8")
    was = package / "model" / "intake.py"
    stat = subprocess.run(
        ["git", "diff", "--no-index", "--shortstat", was, declared],
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    walked = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *(
                f"{Path(__file__).name}",
                "-k",
                "every_door_takes_every_field and colour",
            ),
        ],
        cwd=Path(__file__).parent,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "lib")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert stat.strip() == "1 file changed, 1 insertion(+)"
    assert walked.returncode == 0, walked.stdout + walked.stderr
    assert f"{len(DOORS)} passed" in walked.stdout
