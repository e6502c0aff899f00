"""Imports point one way, and the lab and the causes meet only in tests."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

LIB = Path(__file__).parent.parent / "lib" / "streamtriage"

# What each part may import of the package, besides itself. `version` stands for
# `from streamtriage import __version__`.
FOUNDATION = {"model", "languages", "version", "on_first_use", "registry", "wording"}
# Single modules that know nothing of the subject: files, signals, what runs out.
GROUND = {"files", "shortage", "stopping", "exit_codes", "escapes"}
# How what was found is written, wherever it is shown.
WORDS = {"markup", "phrases"}
READS = FOUNDATION | GROUND | {"redaction", "knowledge", "refusal", "outbox"}
ALLOWED: dict[str, set[str]] = {
    "__init__": set(),
    "files": set(),
    "outbox": {"files", "on_first_use", "redaction"},
    "on_first_use": set(),
    "shortage": set(),
    "stopping": {"exit_codes", "languages"},
    "exit_codes": FOUNDATION,
    "escapes": set(),
    "refusal": {"languages", "redaction"},
    "withdrawal": FOUNDATION,
    "languages": {"on_first_use"},
    "model": {"languages", "on_first_use"},
    "wording": {"languages", "model"},
    "registry": {"model"},
    "redaction": FOUNDATION | {"knowledge"},
    "knowledge": FOUNDATION,
    "markup": FOUNDATION | {"redaction"},
    "phrases": FOUNDATION,
    "error_text": READS,
    "lab": FOUNDATION,
    "protocol": FOUNDATION | {"redaction"},
    "reference_client": FOUNDATION,
    "transport": READS | {"protocol"},
    "workstation": READS | {"error_text"},
    "probes": READS | {"protocol", "reference_client", "transport"},
    "observations": FOUNDATION | {"knowledge"},
    "causes": READS | {"observations"},
    "comparison": READS | {"causes", "workstation"},
    "asking": READS | {"observations", "transport"},
    "letting_in": READS | {"causes"},
    "judging": READS | {"causes", "reference_client", "withdrawal"},
    "triage": READS
    | {
        "asking",
        "causes",
        "error_text",
        "judging",
        "probes",
        "transport",
        "withdrawal",
    },
    "changes": READS | {"causes", "comparison", "judging", "probes"},
    "charts": READS | WORDS | {"letting_in"},
    "history": READS | WORDS | {"charts", "error_text", "workstation"},
    # Reads the machine's files, and histories of them, for who asks.
    "own_process": READS | {"history", "workstation"},
    "report": READS
    | WORDS
    | {"causes", "changes", "charts", "comparison", "letting_in", "transport"},
    "ticket": READS | {"letting_in"},
    "fleet": READS
    | WORDS
    | {
        "causes",
        "judging",
        "letting_in",
        "report",
        "own_process",
        "transport",
        "triage",
        "workstation",
    },
    "error_pages": READS | WORDS | {"causes", "error_text"},
    "console": READS | {"error_text", "triage"},
    "notebook": READS | WORDS | {"charts", "ticket"},
    "commands": READS
    | WORDS
    | {
        "causes",
        "console",
        "error_text",
        "lab",
        "own_process",
        "report",
        "workstation",
    },
    "apps": READS
    | WORDS
    | {
        "causes",
        "changes",
        "charts",
        "commands",
        "comparison",
        "console",
        "error_text",
        "fleet",
        "history",
        "judging",
        "lab",
        "letting_in",
        "notebook",
        "observations",
        "own_process",
        "probes",
        "report",
        "ticket",
        "transport",
        "triage",
        "workstation",
    },
    "cli": FOUNDATION | GROUND | {"apps", "commands", "console"},
    "__main__": {"cli", "exit_codes", "stopping", "version"},
}
MODULES = sorted(LIB.rglob("*.py"))


def part_of(path: Path) -> str:
    first = path.relative_to(LIB).parts[0]
    return first.removesuffix(".py")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported_parts(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module == "streamtriage":
            names = [f"streamtriage.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        else:
            continue
        for name in names:
            package, _, rest = name.partition(".")
            if package == "streamtriage" and rest:
                part = rest.partition(".")[0]
                found.add("version" if part == "__version__" else part)
    return found


def offenders(problem: Callable[[Path], object]) -> dict[str, object]:
    """Return what is wrong with each module that has such a problem."""
    found = {str(path.relative_to(LIB)): problem(path) for path in MODULES}
    return {name: wrong for name, wrong in found.items() if wrong}


def test_imports_point_one_way() -> None:
    """A module imports only what lies below it."""

    def beyond(path: Path) -> set[str]:
        part = part_of(path)
        return imported_parts(path) - ALLOWED[part] - {part}

    assert offenders(beyond) == {}


def test_every_part_has_a_rule() -> None:
    assert {part_of(path) for path in MODULES} == set(ALLOWED)


def test_causes_never_touch_the_network() -> None:
    """Judging works on saved reports: no cause imports a way out."""
    ways_out = {"socket", "ssl", "asyncio", "httpx", "httpcore", "subprocess", "os"}

    def imported(path: Path) -> set[str]:
        found: set[str] = set()
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((node.module or "").partition(".")[0])
        return found & ways_out

    judges = LIB / "causes"
    assert offenders(lambda p: p.is_relative_to(judges) and imported(p)) == {}


def test_every_module_says_what_it_holds() -> None:
    assert offenders(lambda path: ast.get_docstring(tree_of(path)) is None) == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    banned = {"utils", "helpers", "common", "manager", "base", "core", "misc"}

    assert offenders(lambda path: path.stem in banned) == {}


@pytest.mark.parametrize(
    ("imported", "slow"),
    [
        pytest.param(
            "streamtriage.apps.triage", "nbconvert nbformat mcp", id="a kernel"
        ),
        pytest.param(
            "streamtriage.apps.triage.command",
            "mcp nbformat dask rich pygments cryptography jinja2",
            id="triage",
        ),
        pytest.param(
            "streamtriage.lab", "mcp uvicorn starlette trustme httpx", id="the faults"
        ),
        pytest.param("streamtriage.fleet.task", "mcp nbformat pyarrow", id="a worker"),
        pytest.param(
            "streamtriage.__main__", "mcp nbformat pydantic typer", id="any command"
        ),
    ],
)
def test_who_begins_does_not_wait_for_what_is_seldom_needed(
    imported: str, slow: str
) -> None:
    """Each of these takes longer to import than the rest of what is needed at first."""
    script = f"import sys, {imported}\nprint(*sorted(set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert imported in done.stdout.split()
    assert set(slow.split()) & set(done.stdout.split()) == set()


# --- two walls ------------------------------------------------------------------------

# What lets something in, or says that a text would not pass: where bytes of others are
# read. Nothing that judges, compares or renders is here.
_LETS_IN = {"let_in", "vouch", "Wall", "shown_text", "shown_address"}
_OUTSIDE = {
    # the run, and what it was given
    "triage.py",
    "judging.py",
    "letting_in.py",
    "refusal.py",
    "transport/requester.py",
    # this machine
    *(
        "workstation/select.py",
        "workstation/account.py",
        "workstation/config/entries.py",
    ),
    *(
        "workstation/config/files.py",
        "workstation/logs/state.py",
        "workstation/logs/timeline.py",
    ),
    *(
        "workstation/logs/summary.py",
        "workstation/inspect.py",
        "workstation/filesystem.py",
    ),
    "workstation/environment.py",
    "history/reading.py",
    # what a person wrote: a policy, a list of servers, a change, a form
    *("apps/preflight/policy.py", "apps/preflight/run.py", "fleet/targets.py"),
    *("fleet/task.py", "changes/change.py", "apps/triage/changes_form.py"),
    *("apps/triage/answer_pane.py", "apps/compare/notebook.py", "apps/triage/panes.py"),
    *(
        "apps/triage/headless.py",
        "apps/triage/object_store.py",
        "apps/triage/server_list.py",
    ),
    "apps/preflight/panes.py",
    # notebooks of others
    "ticket/final_scan.py",
}


def names_used(path: Path) -> set[str]:
    return {node.id for node in ast.walk(tree_of(path)) if isinstance(node, ast.Name)}


def test_nobody_hides_anything_but_the_walls() -> None:
    """The redactor is the walls' own, and things are let in where they come in."""

    def hides(path: Path) -> set[str]:
        if path.is_relative_to(LIB / "redaction"):
            return set()
        named = names_used(path) & {"Redactor", "last_look", "hide", "label_once"}
        place = path.relative_to(LIB).as_posix()
        return named if place in _OUTSIDE else named | (names_used(path) & _LETS_IN)

    assert offenders(hides) == {}
    assert {each for each in _OUTSIDE if not names_used(LIB / each) & _LETS_IN} == set()


# What writes, by whatever way. An outbox does, and below it `files`.
_WRITES = {"write_whole", "print", "writelines", "write_text", "write_bytes", "echo"}
_STREAMS = {"stdout", "stderr", "__stdout__", "__stderr__"}
_OUTBOX = {
    # the ways themselves
    *("outbox.py", "files.py"),
    # before anything can be known: the version, help, and why a command stops
    *("__main__.py", "cli.py", "stopping.py"),
    # pages that this project's authors make of its own words
    *("error_pages.py", "error_text/client_table.py"),
    *("report/schema.py", "workstation/schema.py"),
}


def ways_out(path: Path) -> set[str]:
    """Return the calls by which a module writes anywhere but to a socket."""
    found: set[str] = set()
    for node in ast.walk(tree_of(path)):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        name = called.attr if isinstance(called, ast.Attribute) else ""
        name = called.id if isinstance(called, ast.Name) else name
        owner = called.value if isinstance(called, ast.Attribute) else None
        told = ast.unparse(owner) if owner is not None else ""
        if name in _WRITES and told not in ("Outbox()", "outbox", "self._outbox"):
            found.add(name)
        if name == "write" and (told.startswith("sys.") or told == "os"):
            found.add(f"{told}.write")
        if name == "open" and any(_writes(each) for each in arguments_of(node)):
            found.add("open")
    return found


def arguments_of(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(each.value for each in call.keywords)]


def _writes(argument: ast.expr) -> bool:
    value = argument.value if isinstance(argument, ast.Constant) else None
    modes = isinstance(value, str) and len(value) <= 3
    return modes and bool(set(str(value)) & set("wax+"))


def test_everything_that_leaves_goes_through_an_outbox() -> None:
    """Files, streams and what a worker says are written by the outbox alone."""

    def beside(path: Path) -> set[str]:
        place = path.relative_to(LIB).as_posix()
        lab = path.is_relative_to(LIB / "lab")
        return set() if lab or place in _OUTBOX else ways_out(path)

    assert offenders(beside) == {}


def test_what_a_frontend_shows_had_its_last_look() -> None:
    """Panes, pictures and widgets get their text from three functions that look."""
    rooms = LIB / "notebook"
    looks = {
        name: "OUTBOX.look" in ast.unparse(tree_of(rooms / name))
        for name in ("pane.py", "live.py")
    }
    assert looks == {"pane.py": True, "live.py": True}

    def shows(path: Path) -> set[str]:
        if not path.is_relative_to(rooms) or path.name in looks:
            return set()
        calls = (n.func for n in ast.walk(tree_of(path)) if isinstance(n, ast.Call))
        return {"HTML" for call in calls if ast.unparse(call).endswith("widgets.HTML")}

    assert offenders(shows) == {}
