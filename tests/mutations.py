"""Makes deliberate mistakes in judges, thresholds and probes: `make mutations`.

Each is made in a copy of the tree, one at a time, and the tests that are to notice it
run there, the cheapest first. The choice depends on the seed and on the tree alone, so
two trees with the same sources get the same mistakes, whatever their tests are.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.util
import json
import os
import queue
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PACKAGE = Path("lib/streamtriage")
# Of ten mistakes, how many are made in each kind of place.
SHARES = {"judge": 5, "threshold": 2, "probe": 3}
PLACES = {
    "judge": ("causes", "observations"),
    "threshold": ("causes", "observations", "probes"),
    "probe": ("probes",),
}
# What is asked in turn until something fails; folders that a tree has not are left out.
STAGES = (
    ("tests/causes", "tests/observations", "tests/knowledge"),
    ("tests/probes", "tests/wire", "tests/test_triage.py", "tests/client"),
    ("tests/experiments", "tests/comparison", "tests/fleet/test_across.py"),
    ("tests/test_old_reports.py", "tests/test_roles.py"),
)
# Live servers take minutes, so only what nothing else notices is shown to them.
LIVE = (
    "tests/matrix",
    *(f"tests/lab/test_{each}_faults.py" for each in ("access", "stream", "way")),
)
# These wait for Node and real clients, and judge nothing of ours.
LEFT_OUT = "not test_real_client and not test_attempts_stop_at_budget"
PATIENCE_S = 600
# As many tests of a stage may fail with and without a mistake before it is given up.
MOST_UNSTEADY = 4
NOT_COPIED = shutil.ignore_patterns(
    ".venv", ".git", ".*_cache", ".hypothesis", "__pycache__", "build", "out"
)
SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
CALLED = {
    "any": "all",
    "all": "any",
    "min": "max",
    "max": "min",
    "present": "suspected",
    "suspected": "present",
    "absent": "unknown",
    "unknown": "absent",
}


@dataclass(frozen=True)
class Mistake:
    """One expression of one file, and what stands there instead."""

    kind: str
    path: str
    within: str
    line: int
    start: int
    end: int
    was: str
    becomes: str

    def made_in(self, source: bytes) -> bytes:
        return source[: self.start] + self.becomes.encode() + source[self.end :]

    def __str__(self) -> str:
        was, becomes = (" ".join(each.split()) for each in (self.was, self.becomes))
        return f"{self.kind}: {self.path}:{self.line} {self.within}: {was} → {becomes}"


@dataclass(frozen=True)
class Outcome:
    """Whether a mistake was noticed, and by which test."""

    mistake: Mistake
    caught_by: str
    took_s: float


# --- which mistakes there are ---------------------------------------------------------


def chosen(repo: Path, seed: int, count: int) -> list[Mistake]:
    """Choose mistakes: a function or a threshold by lot, then one place in it."""
    rng = random.Random(seed)
    found: list[Mistake] = []
    for kind, share in SHARES.items():
        places = sorted(possible(repo, kind).items())
        rng.shuffle(places)
        wanted = round(count * share / sum(SHARES.values()))
        found += [rng.choice(mistakes) for _, mistakes in places[:wanted]]
    return found


def possible(repo: Path, kind: str) -> dict[tuple[str, str], list[Mistake]]:
    """Return all mistakes of a kind by the file and the name they would be made in."""
    found: dict[tuple[str, str], list[Mistake]] = {}
    for package in PLACES[kind]:
        for path in sorted((repo / PACKAGE / package).rglob("*.py")):
            name = str(path.relative_to(repo))
            source = path.read_bytes()
            tree = ast.parse(source)
            for within, node in holders(tree, kind):
                made = [
                    placed(source, kind, name, within, old, new)
                    for old, new in changes(node, kind)
                ]
                if made:
                    found[(name, within)] = made
    return found


def holders(tree: ast.Module, kind: str) -> Iterator[tuple[str, ast.AST]]:
    """Yield what a mistake may be made in: a function, or a named number."""
    if kind == "threshold":
        for node in tree.body:
            target = node.targets[0] if isinstance(node, ast.Assign) else None
            if isinstance(target, ast.Name) and target.id.strip("_").isupper():
                yield target.id, node
        return
    for each in ast.walk(tree):
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield each.name, each


def changes(node: ast.AST, kind: str) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield each expression that can be changed, and what it becomes."""
    if kind == "threshold":
        value = node.value if isinstance(node, ast.Assign) else None
        if value is not None and (changed := number(value, doubled=True)):
            yield value, changed
        return
    assert isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    for part in node.body:
        for each in expressions(part):
            yield from ((each, new) for new in changed_to(each))


def expressions(node: ast.AST) -> Iterator[ast.expr]:
    """Walk what is computed, not what is said: texts, types and inner functions."""
    if isinstance(node, (ast.JoinedStr, ast.FunctionDef, ast.AsyncFunctionDef)):
        return
    if isinstance(node, ast.AnnAssign):
        if node.value is not None:
            yield from expressions(node.value)
        return
    if isinstance(node, ast.expr):
        yield node
    for child in ast.iter_child_nodes(node):
        yield from expressions(child)


def changed_to(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        yield with_field(node, "ops", [SWAPPED[type(node.ops[0])]()])
    elif isinstance(node, ast.BoolOp):
        yield with_field(node, "op", SWAPPED[type(node.op)]())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    elif isinstance(node, ast.IfExp):
        yield with_field(node, "test", ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.func.id in CALLED:
            other = ast.Name(CALLED[node.func.id], ast.Load())
            yield with_field(node, "func", other)
    elif (changed := number(node)) is not None:
        yield changed


def number(node: ast.expr, *, doubled: bool = False) -> ast.expr | None:
    """Return another number in place of a number: one more, or twice as much."""
    if not isinstance(node, ast.Constant) or isinstance(node.value, bool):
        return None
    if isinstance(node.value, int):
        return ast.Constant(
            node.value * 2 if doubled and node.value else node.value + 1
        )
    return (
        ast.Constant(node.value * 2 or 1.0) if isinstance(node.value, float) else None
    )


def with_field(node: ast.expr, name: str, value: object) -> ast.expr:
    changed = copy.copy(node)
    setattr(changed, name, value)
    return changed


def placed(
    source: bytes, kind: str, path: str, within: str, old: ast.expr, new: ast.expr
) -> Mistake:
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    assert old.end_lineno is not None
    assert old.end_col_offset is not None
    start = starts[old.lineno - 1] + old.col_offset
    end = starts[old.end_lineno - 1] + old.end_col_offset
    was = source[start:end].decode()
    becomes = f"({ast.unparse(ast.fix_missing_locations(new))})"
    return Mistake(kind, path, within, old.lineno, start, end, was, becomes)


# --- whether the tests notice them ----------------------------------------------------


class Tree:
    """A copy of the tree, in which one mistake at a time is made."""

    def __init__(self, repo: Path, folder: Path) -> None:
        self.root = folder
        own = repo / ".venv" / "bin" / "python"
        self._python = str(own) if own.exists() else sys.executable
        shutil.copytree(repo, folder, ignore=NOT_COPIED, symlinks=True)

    def noticed(self, mistake: Mistake, stages: Sequence[Sequence[str]]) -> str:
        """Return the test that fails with a mistake and not without; else nothing.

        It has to fail by itself too, lest a busy machine is taken for a good test.
        What hangs is noticed: every test has a limit of its own.
        """
        path = self.root / mistake.path
        sound = path.read_bytes()
        for stage in stages:
            paths = [each for each in stage if (self.root / each).exists()]
            unsteady: list[str] = []
            while paths and len(unsteady) < MOST_UNSTEADY:
                self._write(path, mistake.made_in(sound))
                failed = self._first_failure(paths, unsteady)
                again = failed and self._first_failure([failed], [])
                self._write(path, sound)
                if not failed:
                    break
                if again and not self._first_failure([failed], []):
                    return failed
                unsteady.append(failed)
        return ""

    def _write(self, path: Path, source: bytes) -> None:
        path.write_bytes(source)
        # Two sources of one second and one size would share it.
        Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)

    def _first_failure(self, paths: Sequence[str], but: Sequence[str]) -> str:
        options = ["-x", "-q", "-rfE", "-n", "0"]
        options += ["-p", "no:cacheprovider", "-p", "no:nbval"]
        options += ["-k", LEFT_OUT, *(f"--deselect={each}" for each in but)]
        lib = str(self.root / "lib")
        try:
            done = subprocess.run(
                [self._python, "-m", "pytest", *options, *paths],
                cwd=self.root,
                env={**os.environ, "PYTHONPATH": lib, "COLUMNS": "400"},
                capture_output=True,
                text=True,
                timeout=PATIENCE_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return paths[0]
        if done.returncode == 0:
            return ""
        failed = r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$"
        said = re.search(failed, done.stdout, re.MULTILINE)
        return said[1] if said else paths[0]


def tried(
    repo: Path,
    mistakes: Sequence[Mistake],
    stages: Sequence[Sequence[str]],
    at_once: int,
) -> list[Outcome]:
    """Make each mistake in a copy, several copies at a time."""
    with tempfile.TemporaryDirectory(prefix="mutations-") as name:
        trees: queue.Queue[Tree] = queue.Queue()
        for copied in range(at_once):
            trees.put(Tree(repo, Path(name) / str(copied)))

        def one(mistake: Mistake) -> Outcome:
            began, tree = time.monotonic(), trees.get()
            try:
                caught_by = tree.noticed(mistake, stages)
            finally:
                trees.put(tree)
            say(f"{'caught' if caught_by else 'MISSED'} {mistake}\n    {caught_by}")
            return Outcome(mistake, caught_by, time.monotonic() - began)

        with ThreadPoolExecutor(at_once) as pool:
            return list(pool.map(one, mistakes))


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repo", type=Path, default=Path(__file__).parents[1])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--live", action="store_true", help="ask live servers too")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--list", action="store_true", help="only show the mistakes")
    given = parser.parse_args()
    repo = given.repo.resolve()
    mistakes = chosen(repo, given.seed, given.count)
    if given.list:
        say("\n".join(map(str, mistakes)))
        return
    stages = (*STAGES, LIVE) if given.live else STAGES
    outcomes = tried(repo, mistakes, stages, given.at_once)
    if given.json:
        given.json.write_text(json.dumps([asdict(each) for each in outcomes], indent=1))
    for kind in SHARES:
        of_kind = [each for each in outcomes if each.mistake.kind == kind]
        say(f"{kind}: {sum(bool(e.caught_by) for e in of_kind)} of {len(of_kind)}")
    caught = sum(bool(each.caught_by) for each in outcomes)
    say(f"{caught} of {len(outcomes)} mistakes were noticed")


if __name__ == "__main__":
    main()
