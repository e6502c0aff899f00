"""Runbooks are thin: prose that leads, and calls to the library that follow."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from streamtriage.apps.compare.parameters import ComparisonParameters
from streamtriage.apps.fleet.parameters import FleetParameters
from streamtriage.apps.history.parameters import HistoryParameters
from streamtriage.apps.practise.parameters import PracticeParameters
from streamtriage.apps.preflight.parameters import PreflightParameters
from streamtriage.apps.triage.parameters import Parameters
from streamtriage.model import Intake
from streamtriage.notebook import export
from streamtriage.notebook.paths import EXAMPLES

ROOT = Path(__file__).parents[2]
PATHS = sorted((ROOT / "runbooks").glob("*.ipynb"))
# What checks the parameters of each runbook.
PARAMETERS: dict[str, type[Any]] = {
    "fleet": FleetParameters,
    "history": HistoryParameters,
    "preflight": PreflightParameters,
    "compare": ComparisonParameters,
    "practise": PracticeParameters,
    "triage": Parameters,
}
# Headings ask, or tell what to do.
IMPERATIVES = ("Change", "Compare", "Keep", "Pick", "Run", "Write")
FORBIDDEN = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda),
    *(ast.For, ast.AsyncFor, ast.While, ast.If, ast.IfExp, ast.Try, ast.TryStar),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Match),
)


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> Any:
    return export.read(request.param)


def code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def parsed(cell: Any) -> ast.Module:
    flags = ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    tree: ast.Module = compile(cell.source, "<cell>", "exec", flags)
    return tree


def test_there_is_a_runbook() -> None:
    assert PATHS


def test_a_cell_is_one_step(notebook: Any) -> None:
    """It shows one thing; only the first step also names what the others ask.

    What is handed over is a parameter or a literal: what has to be worked out is worked
    out in the library, where types and tests reach it. So a runbook may grow by a step
    or by a parameter, and stays as thin.
    """
    first, *rest = (parsed(cell) for cell in code(notebook)[2:])
    calls = [
        n for tree in (first, *rest) for n in ast.walk(tree) if type(n) is ast.Call
    ]
    given = [a for c in calls for a in (*c.args, *(word.value for word in c.keywords))]

    assert [type(each) for each in first.body] == [ast.Assign, ast.Expr]
    assert all([type(each) for each in tree.body] == [ast.Expr] for tree in rest)
    assert {type(each) for each in given} <= {ast.Name, ast.Constant}


def test_prose_stands_before_every_code_cell(notebook: Any) -> None:
    kinds = [cell.cell_type for cell in notebook.cells]

    assert kinds[0] == "markdown"
    assert "code code" not in " ".join(kinds)
    assert kinds[-1] == "markdown"


def test_imports_come_first_and_parameters_second(notebook: Any) -> None:
    """One import cell, then literals with a comment each, then only calls."""
    first, second, *rest = code(notebook)
    nodes = parsed(second).body

    assert all(isinstance(n, (ast.Import, ast.ImportFrom)) for n in parsed(first).body)
    assert second.metadata.tags == ["parameters"]
    assert all(isinstance(n, ast.Assign) for n in nodes)
    assert all(" # " in line for line in second.source.splitlines())
    assert not any("import" in cell.source for cell in rest)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_parameters_are_those_of_the_library(path: Path) -> None:
    """Names and defaults are told once; the notebook's are the model's.

    The cell names the frequent ones of the intake; papermill takes all.
    """
    model = PARAMETERS[path.stem]
    given: dict[str, Any] = {}
    exec(code(export.read(path))[1].source, given)  # the cell is made of literals
    del given["__builtins__"]

    assert set(given) <= set(model.names())
    assert set(model.names()) - set(given) <= set(Intake.model_fields)
    assert model.read(given) == model()


def test_cells_only_call(notebook: Any) -> None:
    """No definition, loop or branch, and nothing printed or run outside of Python."""
    for cell in code(notebook):
        nodes = list(ast.walk(parsed(cell)))

        assert not any(isinstance(node, FORBIDDEN) for node in nodes), cell.source
        assert not re.search(r"^\s*[!%]|\bprint\(|\binput\(", cell.source, re.MULTILINE)


def test_headings_ask_or_tell(notebook: Any) -> None:
    prose = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    headings = re.findall(r"^##+ (.+)$", "\n".join(prose), re.MULTILINE)

    assert headings
    for heading in headings:
        assert heading.endswith("?") or heading.startswith(IMPERATIVES), heading


def test_it_is_a_template(notebook: Any) -> None:
    """Without anything executed; only what folds prose and code is kept of metadata."""
    assert notebook == export.cleared(notebook)
    assert all(re.fullmatch(r"[a-z][a-z-]+", cell.id) for cell in notebook.cells)


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_its_example_is_executed_and_tidy(path: Path) -> None:
    """The same cells, executed, without run times, widget state or machine paths."""
    template, example = export.read(path), export.read(EXAMPLES / path.name)
    counts = [cell.execution_count for cell in code(example)]

    assert example == export.tidied(example)
    assert [(c.id, c.source) for c in example.cells] == [
        (c.id, c.source) for c in template.cells
    ]
    assert counts == list(range(1, len(counts) + 1))
    assert "/home/" not in str(example)


def test_code_folds_where_a_person_works_but_for_what_is_written_there() -> None:
    """History and fleet have no form: their parameters are written into the cell."""
    shown = {
        (path.stem, cell.id)
        for path in PATHS
        for cell in code(export.read(path))
        if not cell.metadata.get("jupyter", {}).get("source_hidden")
    }

    assert shown == {("history", "parameters"), ("fleet", "parameters")}


def test_each_runbook_has_one_row_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    for path in PATHS:
        assert readme.count(f"](runbooks/{path.name})") == 1
        assert readme.count(f"](examples/{path.name})") == 1
