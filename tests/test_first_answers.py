"""What disappoints is told, kept, and forgiven seldom."""

from __future__ import annotations

from pathlib import Path

import pytest

from first_answers import LATE_S, Tally, keep, late_s
from report.samples import half_open, healthy, stream
from streamtriage.model import End, OpenEvidence, Report

pytest_plugins = ["pytester"]

ASKED = """
    import pytest
    from test_first_answers import measured

    @pytest.mark.parametrize("number", range(100))
    def test_server(number, first_answer):
        first_answer(measured(late_s={late_s}), fits=number >= {wrong})
"""


def measured(late_s: float = 0.0) -> Report:
    live = stream("GET", End.WATCHED, 1.0).model_copy(update={"late_s": late_s})
    return healthy().model_copy(update={"evidence": (OpenEvidence(live=live),)})


@pytest.mark.parametrize(
    ("asked", "disappointed", "fails"),
    [(0, 0, False), (1, 1, False), (100, 1, False), (100, 2, True), (101, 2, False)],
)
def test_more_than_one_in_a_hundred_fail(
    asked: int, disappointed: int, *, fails: bool
) -> None:
    assert Tally(asked, ["a"] * disappointed).too_many is fails


def test_what_disappoints_is_kept_as_a_report(tmp_path: Path) -> None:
    path = keep(half_open(), "unseen/test_x.py::test_y[a b]", tmp_path / "new")

    assert path.name == "unseen-test-x-py-test-y-a-b.json"
    assert Report.model_validate_json(path.read_text("utf-8")) == half_open()


def test_lateness_is_that_of_the_worst_exchange() -> None:
    assert late_s(healthy()) == 0.0
    assert late_s(measured(0.4)) == 0.4


@pytest.mark.parametrize(
    ("wrong", "late", "outcomes", "code", "workers"),
    [
        pytest.param(1, 0.0, {"passed": 99, "failed": 1}, 1, 0, id="not late"),
        pytest.param(1, LATE_S, {"passed": 99, "xfailed": 1}, 0, 0, id="late once"),
        pytest.param(
            2,
            LATE_S,
            {"passed": 98, "xfailed": 2},
            1,
            2,
            id="late twice, two processes",
        ),
        pytest.param(
            2, LATE_S, {"passed": 98, "xfailed": 2}, 1, 0, id="in one process"
        ),
    ],
)
def test_a_run_counts_over_all_its_processes(
    pytester: pytest.Pytester,
    monkeypatch: pytest.MonkeyPatch,
    wrong: int,
    late: float,
    outcomes: dict[str, int],
    code: int,
    workers: int,
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent))
    pytester.makepyfile(ASKED.format(wrong=wrong, late_s=late))
    plugins = ("-p", "first_answers", "-p", "no:nbval")
    kept = pytester.path / "kept"
    options = (*plugins, "-n", str(workers), f"--first-answers={kept}")
    # xdist has processes of its own; without it, this one is as good as another.
    run = pytester.runpytest_subprocess if workers else pytester.runpytest_inprocess
    done = run(*options)

    done.assert_outcomes(**outcomes)
    assert done.ret == code
    done.stdout.fnmatch_lines([f"*{wrong} of 100 first answers disappointed*"])
    assert len(list(kept.iterdir())) == wrong
    for each in kept.iterdir():
        Report.model_validate_json(each.read_text("utf-8"))
        done.stdout.fnmatch_lines([f"*Kept: {each}*"])
