"""Each row of the client tables is cited, graded, dated, and makes sense."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from streamtriage.knowledge.client_defects import changes, defects, defects_of
from streamtriage.knowledge.client_places import places
from streamtriage.knowledge.client_variables import known_variables
from streamtriage.knowledge.versions import between, version_of
from streamtriage.workstation.config.formats import DIALECTS
from streamtriage.workstation.filesystem import Surroundings

if TYPE_CHECKING:
    from streamtriage.knowledge.client_places import System

SYSTEMS: tuple[System, ...] = ("linux", "macos", "windows")
ALL = (*defects(), *changes(), *known_variables(), *places("linux"))


def test_every_row_is_cited_and_dated() -> None:
    for row in ALL:
        assert row.source.strip(), row
        assert row.grade in "VLIR"
        assert date.fromisoformat(row.date) <= date(2026, 11, 29), row


def test_ranges_run_forward() -> None:
    """A fix comes after the range that it ends."""
    for row in defects():
        first, last = version_of(row.from_version), version_of(row.to_version)
        assert first or last, row
        assert not (first and last) or first <= last, row
        if row.fixed_in:
            assert last, row
            assert version_of(row.fixed_in) > last, row


def test_dates_grow_with_versions() -> None:
    """A republished version's date says nothing, so it is left out."""
    dated = [change.published for change in changes() if change.published]

    assert dated == sorted(dated)
    assert len(dated) > 40


def test_fixed_defects_are_in_the_changelog() -> None:
    """A version that is said to fix something is one that the changelog has."""
    known = {change.version for change in changes()}

    assert {row.fixed_in for row in defects() if row.fixed_in} <= known


def test_names_of_variables_are_unique() -> None:
    names = [row.name for row in known_variables()]

    assert len(names) == len(set(names))


@pytest.mark.parametrize("system", SYSTEMS)
def test_every_place_resolves(system: System) -> None:
    around = Surroundings(Path("/home/dev"), {}, Path("/home/dev"), system)
    rows = places(system)
    assert rows
    for row in rows:
        assert "{" not in str(around.resolve(row.path))
        if row.role == "config":
            assert row.key == DIALECTS[row.client].key


# version, what it must be known for, what not
KNOWN = {
    "before the regression": ("2.1.82", "", "whole transport is closed"),
    "first that closes": ("2.1.83", "whole transport is closed", "expired session"),
    "last that closes": ("2.1.140", "whole transport is closed", "expired session"),
    "first that stays": (
        "2.1.141",
        "Tool calls over HTTP",
        "whole transport is closed",
    ),
    "first of the loop": ("2.1.147", "expired session", "whole transport is closed"),
    "last of the loop": ("2.1.152", "expired session", ""),
    "after the loop": ("2.1.153", "Three cuts", "expired session"),
}


@pytest.mark.parametrize(("version", "known", "not_known"), KNOWN.values(), ids=KNOWN)
def test_version_is_known_for_its_defects(
    version: str, known: str, not_known: str
) -> None:
    said = " ".join(row.what for row in defects_of("Claude Code", version))

    assert known in said
    assert not not_known or not_known not in said


def test_row_of_another_runtime_is_left_out() -> None:
    v1 = defects_of("Claude Code", "2.1.220", runtime="v1-bun")
    v2 = defects_of("Claude Code", "2.1.220", runtime="v2-bun")
    open_ = defects_of("Claude Code", "2.1.220", runtime="bun")

    assert set(v2) - set(v1) == {row for row in defects() if row.runtime == "v2"}
    assert set(open_) == set(v2)


def test_versions_compare_as_numbers() -> None:
    assert between("2.1.109", "2.1.83", "2.1.139")
    assert not between("2.1.9", "2.1.83", "")
    assert not between("", "", "")
    assert version_of("claude-code/2.1.197 (cli)") == (2, 1, 197)
