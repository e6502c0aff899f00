"""The fleet notebook's panes and parameters, without a run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fleet.test_store import row
from streamtriage.apps.fleet import panes as contents
from streamtriage.apps.fleet.parameters import FleetParameters
from streamtriage.apps.triage.parameters import ParameterError
from streamtriage.fleet.run import FleetProgress
from streamtriage.fleet.runs import PastRun, RunError, courses, past_run
from streamtriage.fleet.targets import BadRow, Targets

WRONG: dict[str, Any] = {"outcome": "cause-present", "causes": ("get-204",)}
DIED: dict[str, Any] = {"outcome": "could-not-tell", "why": "worker died"}
HOSTILE = "a|b <script> `x` @all https://evil.example"


def test_the_grid_says_symbol_and_word_for_each_vantage_point() -> None:
    """The worst stands first; what was not asked is not shown as fine."""
    rows = (
        row("good", "ci"),
        row("good", "office", **DIED),
        row("bad", "ci", **WRONG),
        row("fine", "ci"),
        row("fine", "office"),
    )
    lines = contents.grid(rows).splitlines()

    assert lines[0] == (
        "**✓ 3 nothing is wrong; ✗ 1 a cause was found; ? 1 could not tell.**"
    )
    assert lines[2] == "| Target | ci | office |"
    assert lines[4:] == [
        "| bad | ✗ get-204 | — not asked |",
        "| good | ✓ nothing is wrong | ? worker died |",
        "| fine | ✓ nothing is wrong | ✓ nothing is wrong |",
    ]


def test_a_grid_is_bounded_and_says_so() -> None:
    rows = [row(f"n{number:04}") for number in range(1000)]
    text = contents.grid(rows)

    assert len(text.splitlines()) < 220
    assert "and 800 more" in text


def test_what_is_foreign_is_escaped() -> None:
    shown = (
        contents.grid([row(HOSTILE, HOSTILE)])
        + contents.slowest([row(HOSTILE, answer_s=9.0)], 2.0)
        + contents.entered(
            FleetParameters(), Targets((), (BadRow(3, f"{HOSTILE} is wrong"),))
        )
        + contents.bar(FleetProgress(1, 2, 1, (HOSTILE,)), "", over=False)
    )

    assert "<script>" not in shown
    assert "://evil" not in shown
    assert "| a|b" not in shown


def test_the_flakiest_stands_first_in_the_trend() -> None:
    day = datetime(2026, 11, 1, tzinfo=UTC)
    nights = [
        (row("flaky"), row("steady", **WRONG)),
        (row("flaky", **WRONG), row("steady", **WRONG)),
        (row("flaky", **DIED), row("steady", **WRONG), row("new")),
        (row("flaky"), row("steady", **WRONG), row("new")),
    ]
    runs = [
        PastRun(Path(str(n)), day + timedelta(days=n), rows)
        for n, rows in enumerate(nights)
    ]
    text = contents.trend(runs, courses(runs[::-1]))
    lines = text.splitlines()

    # A worker that died says nothing about the server, so it is no change.
    assert lines[2] == "| flaky from here | ✓ | ✗ | ? | ✓ | 2 times |"
    assert lines[3] == "| new from here | — | — | ✓ | ✓ | never |"
    assert lines[4] == "| steady from here | ✗ | ✗ | ✗ | ✗ | never |"


def test_one_run_is_no_trend_and_one_vantage_point_no_comparison() -> None:
    assert "only this run" in contents.trend([], [])
    assert "**unknown**" in contents.comparison([])


def test_slow_is_slower_than_the_parameter() -> None:
    rows = (row("a", answer_s=2.1), row("b", answer_s=9.0), row("c", answer_s=2.0))
    text = contents.slowest(rows, 2.0)

    assert text.index("| b | here | 9.0 s |") < text.index("| a | here | 2.1 s |")
    assert "| c |" not in text
    assert "Nobody" in contents.slowest(rows[2:], 2.0)


def test_papermill_hands_lists_as_text() -> None:
    given = FleetParameters.read({"vantages": "office, ci", "hold_s": "2.5"})

    assert given.vantages == ["office", "ci"]
    assert given.hold_s == 2.5
    assert given.rehearses


@pytest.mark.parametrize(
    ("given", "says"),
    [
        pytest.param({"hold_s": -1}, "hold_s", id="hold"),
        pytest.param({"per_host": 0}, "per_host", id="per host"),
        pytest.param({"resume": True}, "needs out", id="resume without out"),
        pytest.param({"targets": "a", "from_machine": True}, "not both", id="both"),
        pytest.param({"scheduler": "tls://u:hunter2@h:1"}, "keys", id="password"),
    ],
)
def test_a_parameter_that_cannot_be_used_is_named(
    given: dict[str, Any], says: str
) -> None:
    with pytest.raises(ParameterError, match=says) as problem:
        FleetParameters.read(given)
    assert "hunter2" not in str(problem.value)


def test_a_folder_without_a_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no run"):
        past_run(tmp_path)
