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
FOUNDATION = {"model", "languages", "version", "on_first_use"}
# Single modules that know nothing of the subject: files, signals, what runs out.
GROUND = {"files", "shortage", "stopping", "exit_codes", "escapes"}
READS = FOUNDATION | GROUND | {"redaction", "knowledge", "refusal"}
ALLOWED: dict[str, set[str]] = {
    "__init__": set(),
    "files": set(),
    "on_first_use": set(),
    "shortage": set(),
    "stopping": {"exit_codes", "languages"},
    "exit_codes": FOUNDATION,
    "escapes": set(),
    "refusal": {"languages", "redaction"},
    "withdrawal": FOUNDATION,
    "languages": {"on_first_use"},
    "model": {"languages", "on_first_use"},
    "redaction": FOUNDATION | {"knowledge"},
    "knowledge": FOUNDATION,
    "error_text": READS,
    "lab": FOUNDATION,
    "wire": READS,
    # The reader that is a process of its own also reads histories for who asks.
    "client": READS | {"error_text", "history"},
    "probes": READS | {"wire"},
    "observations": FOUNDATION | {"knowledge"},
    "causes": READS | {"error_text", "observations"},
    "comparison": READS | {"causes", "client"},
    "asking": READS | {"observations", "wire"},
    "judging": READS | {"causes", "wire", "withdrawal"},
    "triage": READS
    | {
        "asking",
        "causes",
        "judging",
        "client",
        "error_text",
        "probes",
        "wire",
        "withdrawal",
    },
    "experiments": READS | {"causes", "comparison", "judging", "probes", "triage"},
    "fleet": READS | {"causes", "client", "judging", "report", "triage", "wire"},
    "history": READS | {"client", "report"},
    "preflight": READS
    | {"causes", "client", "observations", "report", "triage", "wire"},
    "report": READS | {"causes", "comparison", "experiments", "triage", "wire"},
    "ticket": READS | {"report"},
    "error_pages": READS | {"causes", "error_text", "report"},
    "notebook": READS
    | {
        "causes",
        "client",
        "comparison",
        "console",
        "experiments",
        "fleet",
        "history",
        "lab",
        "preflight",
        "probes",
        "report",
        "error_text",
        "ticket",
        "triage",
        "wire",
    },
    "console": READS | {"error_text", "triage"},
    "commands": READS
    | {
        "judging",
        "causes",
        "client",
        "comparison",
        "console",
        "experiments",
        "fleet",
        "history",
        "lab",
        "notebook",
        "preflight",
        "report",
        "error_text",
        "ticket",
        "triage",
        "wire",
    },
    "cli": FOUNDATION | GROUND | {"commands", "console"},
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
        pytest.param("streamtriage.notebook", "nbconvert nbformat mcp", id="a kernel"),
        pytest.param(
            "streamtriage.commands.triage",
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
