"""First answers: a server is asked once, and what is said of it then counts.

Each live triage is counted, and its report kept where it disappoints. A disappointment
fails its test, unless the report itself shows that this machine was late; and more of
those than one in each hundred begun fail the run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import pytest

if TYPE_CHECKING:
    from streamtriage.model import Report

__all__ = ["KEPT", "FirstAnswer", "Tally", "explain", "first_answer", "keep", "late_s"]

KEPT = Path(__file__).parents[1] / "build" / "first-answers"
HUNDRED = 100
# The tool looks every 0.1 s how late it is; a whole look missed is no noise any more.
LATE_S = 0.1


@dataclass
class Tally:
    """How many servers were asked, and what was said of those that disappointed."""

    asked: int = 0
    disappointed: list[str] = field(default_factory=list)

    @property
    def too_many(self) -> bool:
        return len(self.disappointed) > ceil(self.asked / HUNDRED)

    def add(self, other: dict[str, Any]) -> None:
        self.asked += other["asked"]
        self.disappointed += other["disappointed"]

    def __str__(self) -> str:
        said = f"{len(self.disappointed)} of {self.asked} first answers disappointed"
        return f"{said}; more than one in a hundred fail" if self.too_many else said


TALLY = pytest.StashKey[Tally]()


class FirstAnswer(Protocol):
    """Counts one report, and fails the test where it does not fit."""

    def __call__(self, report: Report, *, fits: bool) -> None: ...


def late_s(report: Report) -> float:
    """Return by how much this program was late, at most, in one exchange of a report.

    Its clock, its sockets and the servers of a test share one machine.
    """
    exchanges = [each for probe in report.evidence for each in probe.exchanges]
    return max((max(e.late_s, e.end_late_s) for e in exchanges), default=0.0)


def explain(report: Report) -> str:
    """Return what a failed test should show."""
    lines = [f"{report.verdict.outcome}: {report.verdict.summary}"]
    lines += [f"{f.cause}: {f.status} {f.because}" for f in report.findings]
    return "\n".join(lines)


def keep(report: Report, name: str, folder: Path = KEPT) -> Path:
    """Write a report that disappointed, and return where."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{re.sub(r'[^A-Za-z0-9]+', '-', name).strip('-')}.json"
    path.write_text(report.model_dump_json(indent=1), encoding="utf-8")
    return path


@pytest.fixture
def first_answer(request: pytest.FixtureRequest) -> FirstAnswer:
    """Return what counts a live triage's report and judges whether it disappoints."""
    tally = request.config.stash[TALLY]
    name = request.node.nodeid
    folder = Path(request.config.getoption("first_answers"))

    def count(report: Report, *, fits: bool) -> None:
        tally.asked += 1
        if fits:
            return
        late = late_s(report)
        path = keep(report, name, folder)
        tally.disappointed.append(
            f"{name} ({late:.2f} s late): {report.verdict.summary} Kept: {path}"
        )
        why = f"The first answer disappoints; it is kept in {path}.\n{explain(report)}"
        if late < LATE_S:
            pytest.fail(why, pytrace=False)
        pytest.xfail(f"{late:.2f} s late. {why}")

    return count


# --- over the processes of one run ----------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--first-answers",
        default=str(KEPT),
        metavar="FOLDER",
        help="where reports that disappoint are kept",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.stash[TALLY] = Tally()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take over what a process of xdist counted."""
    told = getattr(node, "workeroutput", {}).get("first_answers")
    if told:
        node.config.stash[TALLY].add(told)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand the count to the process that began the run, or judge it there."""
    tally = session.config.stash[TALLY]
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["first_answers"] = vars(tally)
    elif tally.too_many and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    tally = terminalreporter.config.stash[TALLY]
    if not tally.asked:
        return
    terminalreporter.section("first answers")
    for each in tally.disappointed:
        terminalreporter.line(each)
    terminalreporter.line(str(tally), red=tally.too_many)
