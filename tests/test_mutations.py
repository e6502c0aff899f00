"""The script of deliberate mistakes shows each to every test that can see it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from mutations import (
    Mistake,
    Tree,
    chosen,
    found_again,
    possible,
    reaching,
    telling,
    tried,
)

if TYPE_CHECKING:
    from pathlib import Path

CAUSE = """
LONG_S = 3.0
UNREAD = 2


def judged(age: float) -> str:
    return "present" if is_long(age) else "absent"


def is_long(age: float) -> bool:
    return age >= LONG_S


def unused(age: float) -> bool:
    return age > 7
"""
TESTS = {
    "tests/causes/test_cheap.py": """
from streamtriage.causes.stream_ages import judged

def test_a_short_one_is_absent():
    assert judged(1.0) == "absent"
""",
    "tests/probes/test_limit.py": """
from streamtriage.causes.stream_ages import judged

def test_the_limit_itself_is_present():
    assert judged(3.0) == "present"
""",
    "tests/probes/test_something_else.py": """
def test_nothing_of_it():
    assert True
""",
}


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """Lay out a small tree: one judge, and tests that see it and that do not."""
    files = {
        "repo/lib/streamtriage/__init__.py": "",
        "repo/lib/streamtriage/causes/__init__.py": "",
        "repo/lib/streamtriage/causes/stream_ages.py": CAUSE,
        **{f"repo/{name}": text for name, text in TESTS.items()},
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "repo"


def all_of(repo: Path) -> dict[str, Mistake]:
    """Return the first mistake of each function and each number."""
    kinds = ("judge", "threshold")
    found = {k: v for kind in kinds for k, v in possible(repo, kind).items()}
    return {within: made[0] for (_, within), made in found.items()}


@pytest.mark.parametrize(
    ("places", "told"),
    [
        ([(0, 6, 1)], "[1:a if b]"),
        ([(0, 1, 1), (5, 6, 2)], "[1:a] if [2:b]"),
        ([(0, 1, 1), (0, 6, 2)], "[2:[1:a] if b]"),
        ([(0, 6, 1), (5, 6, 2)], "[1:a if [2:b]]"),
        ([(5, 6, 1), (5, 6, 2)], "a if [1:[2:b]]"),
    ],
)
def test_places_within_places_are_told(
    places: list[tuple[int, int, int]], told: str
) -> None:
    seen = telling(b"a if b", places).decode()

    seen = seen.replace("(reached_here(", "[").replace(") or (", ":")
    assert seen.replace("))", "]") == told


@pytest.mark.real(part="commands")
def test_only_files_that_reach_a_place_are_asked(repo: Path, tmp_path: Path) -> None:
    """And all of them where a number is read by no function, so nothing can tell."""
    tree = Tree(repo, tmp_path / "copy")
    made = all_of(repo)
    files = tree.files(("tests/causes", "tests/probes"))

    shown = reaching(tree, list(made.values()), files, 2)

    reached = ["tests/causes/test_cheap.py", "tests/probes/test_limit.py"]
    assert {each.within: some for each, some in shown.items()} == {
        "judged": reached,
        "is_long": reached,
        "unused": [],
        "LONG_S": reached,
        "UNREAD": files,
    }
    assert (tree.root / "lib/streamtriage/causes/stream_ages.py").read_text() == CAUSE


@pytest.mark.real(part="commands")
def test_what_is_noticed_and_what_is_not(repo: Path) -> None:
    made = all_of(repo)
    later = time.monotonic() + 600

    outcomes = tried(repo, list(made.values()), 2, later, live=False)

    caught = {each.mistake.within: each.caught_by for each in outcomes}
    cheap = "tests/causes/test_cheap.py::test_a_short_one_is_absent"
    limit = "tests/probes/test_limit.py::test_the_limit_itself_is_present"
    assert caught == {
        "judged": cheap,
        "is_long": limit,
        "unused": "",
        "LONG_S": limit,
        "UNREAD": "",
    }
    assert all(each.tried for each in outcomes)


def test_when_its_time_is_over_the_rest_is_not_called_missed(repo: Path) -> None:
    outcomes = tried(repo, chosen(repo, 1, 10), 1, time.monotonic(), live=False)

    assert outcomes
    assert {(each.tried, each.caught_by) for each in outcomes} == {(False, "")}


def test_mistakes_of_another_tree_are_found_where_the_code_is_the_same(
    repo: Path,
) -> None:
    """A file may have another name; a line that is written otherwise is another."""
    mistakes = list(all_of(repo).values())
    old = repo / "lib/streamtriage/causes/stream_ages.py"
    source = old.read_text().replace("age > 7", "age > 8")
    old.unlink()
    (repo / "lib/streamtriage/causes/older.py").write_text(f"# Moved.\n{source}")

    found = found_again(repo, mistakes)

    assert {each.within for each in found} == {"judged", "is_long", "LONG_S", "UNREAD"}
    assert {each.line for each in found} == {m.line + 1 for m in mistakes[:2]} | {3, 4}
