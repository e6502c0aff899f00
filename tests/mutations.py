"""Makes deliberate mistakes in judges, thresholds and probes: `make mutations`.

Each is made in a copy of the tree, one at a time, and the tests that are to notice it
run there, the cheapest first. The choice depends on the seed and on the tree alone, so
two trees with the same sources get the same mistakes, whatever their tests are;
`--as-in TREE` takes those of another tree, as far as this one has the same code.

What the cheap tests do not notice is shown only to test files that reach it: in a copy
without mistakes each place says when it is come by, and each file runs by itself. Where
a place cannot say so, all files run.
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
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

PACKAGE = Path("lib/streamtriage")
# Of ten mistakes, how many are made in each kind of place.
SHARES = {"judge": 5, "threshold": 2, "probe": 3}
PLACES = {
    "judge": ("causes", "observations"),
    "threshold": ("causes", "observations", "probes"),
    "probe": ("probes",),
}
# What is asked in turn until something fails; folders that a tree has not are left out.
CHEAP = ("tests/causes", "tests/observations", "tests/knowledge")
OTHERS = (
    *("tests/test_old_reports.py", "tests/test_roles.py", "tests/test_triage.py"),
    *(
        "tests/probes",
        "tests/transport",
        "tests/protocol",
        "tests/reference_client",
        "tests/workstation",
    ),
    *("tests/changes", "tests/comparison", "tests/fleet/test_across.py"),
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
    tried: bool = True

    def __str__(self) -> str:
        said = "caught" if self.caught_by else "MISSED" if self.tried else "NOT TRIED"
        return f"{said} {self.mistake}\n    {self.caught_by}"


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
    start, end = span(source, old)
    was = source[start:end].decode()
    becomes = f"({ast.unparse(ast.fix_missing_locations(new))})"
    return Mistake(kind, path, within, old.lineno, start, end, was, becomes)


def span(source: bytes, node: ast.expr) -> tuple[int, int]:
    """Return where an expression begins and ends, in bytes."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    start = starts[node.lineno - 1] + node.col_offset
    return start, starts[node.end_lineno - 1] + node.end_col_offset


# --- which of them another tree has too -----------------------------------------------


def found_again(repo: Path, mistakes: Sequence[Mistake]) -> list[Mistake]:
    """Return those of another tree's mistakes that can be made in this one.

    The function or number has the same name, and in it stands the same expression; if
    several files have it, the one of the same path counts, and else none does.
    """
    found: list[Mistake] = []
    for kind in SHARES:
        here: dict[tuple[str, str, str], list[Mistake]] = {}
        for (_, within), made in possible(repo, kind).items():
            for each in made:
                here.setdefault((within, each.was, each.becomes), []).append(each)
        for mistake in (each for each in mistakes if each.kind == kind):
            like = here.get((mistake.within, mistake.was, mistake.becomes), [])
            like = [e for e in like if e.path == mistake.path] or like
            if len({each.path for each in like}) == 1:
                found.append(like[0])
    return found


# --- which tests can notice them ------------------------------------------------------

# Loaded by every Python that is started, so also by programs that tests start.
SAYS = """
import builtins, os
seen = set()
def reached_here(number):
    if number not in seen and (path := os.environ.get("REACHED_IN")):
        seen.add(number)
        with open(path, "a") as file:
            file.write(f"{number}\\n")
builtins.reached_here = reached_here
"""


def telling(source: bytes, places: Sequence[tuple[int, int, int]]) -> bytes:
    """Return a source in which each place, of a start and an end, says its number.

    One place may lie within another, never across its end.
    """
    added: list[tuple[int, int, bytes]] = []
    for start, end, number in places:
        # At one spot, the inner place ends before the outer, and begins after it.
        added.append((start, -end, b"(reached_here(%d) or (" % number))
        added.append((end, -start - len(source), b"))"))
    told, last = b"", 0
    for at, _, text in sorted(added, key=lambda each: each[:2]):
        told, last = told + source[last:at] + text, at
    return told + source[last:]


def uses(repo: Path, name: str) -> dict[str, list[tuple[int, int]]] | None:
    """Return where functions read a named number; None if it is read elsewhere too."""
    found: dict[str, list[tuple[int, int]]] = {}
    for path in sorted((repo / PACKAGE).rglob("*.py")):
        source = path.read_bytes()
        if name.encode() not in source:
            continue
        tree = ast.parse(source)
        inner = {
            id(node)
            for each in ast.walk(tree)
            if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef))
            for part in each.body
            for node in expressions(part)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.alias) and node.name == name and node.asname:
                return None
            read = isinstance(node, ast.Name) and node.id == name
            read |= isinstance(node, ast.Attribute) and node.attr == name
            if not read or not isinstance(getattr(node, "ctx", None), ast.Load):
                continue
            if id(node) not in inner:
                return None
            assert isinstance(node, ast.expr)
            where = str(path.relative_to(repo))
            found.setdefault(where, []).append(span(source, node))
    return found or None


def to_tell(repo: Path, mistakes: Sequence[Mistake]) -> dict[str, bytes]:
    """Return the files whose places say when they are reached, by their paths."""
    places: dict[str, list[tuple[int, int, int]]] = {}
    for number, each in enumerate(mistakes):
        if each.kind == "threshold":
            for path, spans in (uses(repo, each.within) or {}).items():
                places.setdefault(path, []).extend((*s, number) for s in spans)
        else:
            place = (each.start, each.end, number)
            places.setdefault(each.path, []).append(place)
    return {
        path: telling((repo / path).read_bytes(), some) for path, some in places.items()
    }


def reaching(
    tree: Tree, mistakes: Sequence[Mistake], files: Sequence[str], at_once: int
) -> dict[Mistake, list[str]]:
    """Return the test files that can notice each mistake, in the order of the files."""
    sources = to_tell(tree.root, mistakes)
    untold = {path for path, source in sources.items() if not compiles(source)}
    unsure = [
        (each.kind == "threshold" and uses(tree.root, each.within) is None)
        or (each.path in untold)
        or (each.kind == "threshold" and bool(untold))
        for each in mistakes
    ]
    with tempfile.TemporaryDirectory(prefix="reached-") as name:
        (Path(name) / "sitecustomize.py").write_text(SAYS)

        def reached(file: str) -> set[int]:
            told = Path(name) / file.replace("/", "-")
            tree.run([file], {"REACHED_IN": str(told)}, Path(name))
            return (
                {int(n) for n in told.read_text().split()} if told.exists() else set()
            )

        told = {p: s for p, s in sources.items() if p not in untold}
        with tree.changed(told), ThreadPoolExecutor(at_once) as pool:
            met = dict(zip(files, pool.map(reached, files), strict=True))
    text = {file: (tree.root / file).read_text("utf-8") for file in files}
    return {
        each: [
            file
            for file in files
            if unsure[number]
            or number in met[file]
            or (each.kind == "threshold" and each.within in text[file])
        ]
        for number, each in enumerate(mistakes)
    }


def compiles(source: bytes) -> bool:
    """Tell whether a source is one: a pattern's number, say, can tell nothing."""
    try:
        compile(source, "told", "exec")
    except SyntaxError:
        return False
    return True


# --- whether the tests notice them ----------------------------------------------------


class Tree:
    """A copy of the tree, in which one mistake at a time is made."""

    def __init__(self, repo: Path, folder: Path) -> None:
        self.root = folder
        own = repo / ".venv" / "bin" / "python"
        self._python = str(own) if own.exists() else sys.executable
        shutil.copytree(repo, folder, ignore=NOT_COPIED, symlinks=True)

    def files(self, paths: Sequence[str]) -> list[str]:
        """Return the files of tests below these paths, as far as this tree has them."""
        found: list[str] = []
        for each in paths:
            path = self.root / each
            some = [path] if path.is_file() else sorted(path.rglob("test_*.py"))
            found += [str(one.relative_to(self.root)) for one in some]
        return found

    def named_first(self, mistake: Mistake, files: Sequence[str]) -> list[str]:
        """Begin with the tests that name what a mistake is in; all are asked."""
        names = {mistake.within.strip("_"), Path(mistake.path).stem}
        names |= {name.replace("_", "-") for name in names}
        text = {file: (self.root / file).read_text("utf-8") for file in files}
        return sorted(files, key=lambda each: -sum(n in text[each] for n in names))

    def noticed(self, mistake: Mistake, files: Sequence[str]) -> str:
        """Return the test that fails with a mistake and not without; else nothing.

        It has to fail by itself too, lest a busy machine is taken for a good test.
        What hangs is noticed: every test has a limit of its own.
        """
        files = self.named_first(mistake, files)
        made = {mistake.path: mistake.made_in((self.root / mistake.path).read_bytes())}
        unsteady: list[str] = []
        while files and len(unsteady) < MOST_UNSTEADY:
            with self.changed(made):
                failed = self._first_failure(files, unsteady)
                again = failed and self._first_failure([failed], [])
            if not failed:
                break
            if again and not self._first_failure([failed], []):
                return failed
            unsteady.append(failed)
        return ""

    @contextmanager
    def changed(self, sources: Mapping[str, bytes]) -> Iterator[None]:
        """Have other sources in some files for a while."""
        sound = {path: (self.root / path).read_bytes() for path in sources}
        try:
            for path, source in sources.items():
                self._write(self.root / path, source)
            yield
        finally:
            for path, source in sound.items():
                self._write(self.root / path, source)

    def _write(self, path: Path, source: bytes) -> None:
        path.write_bytes(source)
        # Two sources of one second and one size would share it.
        Path(importlib.util.cache_from_source(str(path))).unlink(missing_ok=True)

    def run(
        self, options: Sequence[str], environ: Mapping[str, str], *paths: Path
    ) -> subprocess.CompletedProcess[str]:
        """Run tests; raises TimeoutExpired if they take too long."""
        always = ["-q", "-rfE", "-n", "0", "-p", "no:cacheprovider", "-p", "no:nbval"]
        searched = os.pathsep.join(map(str, (*paths, self.root / "lib")))
        return subprocess.run(
            [self._python, "-m", "pytest", *always, "-k", LEFT_OUT, *options],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": searched, "COLUMNS": "400", **environ},
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )

    def _first_failure(self, paths: Sequence[str], but: Sequence[str]) -> str:
        try:
            done = self.run(["-x", *(f"--deselect={e}" for e in but), *paths], {})
        except subprocess.TimeoutExpired:
            return paths[0]
        if done.returncode == 0:
            return ""
        failed = r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$"
        said = re.search(failed, done.stdout, re.MULTILINE)
        return said[1] if said else paths[0]


def tried(
    repo: Path, mistakes: Sequence[Mistake], at_once: int, until: float, *, live: bool
) -> list[Outcome]:
    """Make each mistake in a copy, several at a time, as long as time is left."""
    with tempfile.TemporaryDirectory(prefix="mutations-") as name:
        copies = [Tree(repo, Path(name) / str(n)) for n in range(at_once)]
        trees: queue.Queue[Tree] = queue.Queue()
        for each in copies:
            trees.put(each)

        def one(mistake: Mistake, files: Sequence[str]) -> Outcome:
            began, tree = time.monotonic(), trees.get()
            try:
                if began > until:
                    return Outcome(mistake, "", 0.0, tried=False)
                caught_by = tree.noticed(mistake, files)
            finally:
                trees.put(tree)
            took_s = time.monotonic() - began
            say(f"{took_s:4.0f} s {mistake.path}:{mistake.line} {caught_by or '…'}")
            return Outcome(mistake, caught_by, took_s)

        def all_of(shown: Mapping[Mistake, Sequence[str]]) -> dict[Mistake, Outcome]:
            with ThreadPoolExecutor(at_once) as pool:
                done = pool.map(lambda each: one(*each), shown.items())
                return dict(zip(shown, done, strict=True))

        cheap = copies[0].files(CHEAP)
        outcomes = all_of(dict.fromkeys(mistakes, cheap))
        left = [m for m, o in outcomes.items() if not o.caught_by]
        say(f"{len(left)} of {len(mistakes)} are left after the cheap tests")
        others = copies[0].files((*OTHERS, *(LIVE if live else ())))
        shown: Mapping[Mistake, Sequence[str]] = dict.fromkeys(left, others)
        if left and time.monotonic() < until:
            shown = reaching(copies[0], left, others, at_once)
        for mistake, after in all_of(shown).items():
            took_s = outcomes[mistake].took_s + after.took_s
            outcomes[mistake] = replace(after, took_s=took_s)
    return [outcomes[each] for each in mistakes]


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repo", type=Path, default=Path(__file__).parents[1])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--at-once", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=60.0, help="at most so long")
    parser.add_argument("--as-in", type=Path, help="the mistakes of another tree")
    parser.add_argument("--live", action="store_true", help="ask live servers too")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--list", action="store_true", help="only show the mistakes")
    given = parser.parse_args()
    repo = given.repo.resolve()
    until = time.monotonic() + 60 * given.minutes
    mistakes = chosen(given.as_in or repo, given.seed, given.count)
    if given.as_in:
        wanted = len(mistakes)
        mistakes = found_again(repo, mistakes)
        say(f"{len(mistakes)} of {wanted} mistakes of the other tree can be made here")
    if given.list:
        say("\n".join(map(str, mistakes)))
        return
    outcomes = tried(repo, mistakes, given.at_once, until, live=given.live)
    if given.json:
        given.json.write_text(json.dumps([asdict(each) for each in outcomes], indent=1))
    for each in outcomes:
        say(str(each))
    for kind in SHARES:
        of_kind = [each for each in outcomes if each.mistake.kind == kind]
        say(f"{kind}: {sum(bool(e.caught_by) for e in of_kind)} of {len(of_kind)}")
    caught = sum(bool(each.caught_by) for each in outcomes)
    untried = sum(not each.tried for each in outcomes)
    said = f"{caught} of {len(outcomes)} mistakes were noticed"
    say(f"{said}; for {untried} no time was left" if untried else said)


if __name__ == "__main__":
    main()
