"""Servers of the Python SDK, today's and an old one, FastMCP, and gunicorn."""

from __future__ import annotations

import contextlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from real_parts.environments import Unavailable, python_with
from real_parts.running import Trial, judge_all, mcp_server, started
from unseen.world import HEALTHY, Seen, only

if TYPE_CHECKING:
    from collections.abc import Iterator

    from first_answers import FirstAnswer
    from streamtriage.model import Report

pytestmark = [pytest.mark.real(part="products"), pytest.mark.timeout(900)]

SERVERS = Path(__file__).parent / "servers"
FAST = ("fastmcp==4.1.2", "gunicorn==27.0.1", "uvicorn-worker==0.4.0")
OLD = ("mcp==1.25.*",)


@cache
def python(*requirements: str) -> str:
    try:
        return str(python_with(*requirements))
    except Unavailable as why:
        pytest.skip(f"NO SERVER WITH {requirements[0]} WAS JUDGED: {why}")


@contextlib.contextmanager
def today(*, stateless: bool = False) -> Iterator[str]:
    with mcp_server(stateless=stateless) as port:
        yield f"http://127.0.0.1:{port}/mcp"


@contextlib.contextmanager
def fast(mode: str) -> Iterator[str]:
    def command(_folder: Path, port: int) -> list[str]:
        uvicorn = [python(*FAST), "-m", "uvicorn", "--app-dir", str(SERVERS)]
        return [*uvicorn, "--port", str(port), "fast:app"]

    with started(command, {"MODE": mode}) as port:
        yield f"http://127.0.0.1:{port}/mcp"


@contextlib.contextmanager
def gunicorn(mode: str, workers: int) -> Iterator[str]:
    def command(_folder: Path, port: int) -> list[str]:
        command = [python(*FAST), "-m", "gunicorn", "--chdir", str(SERVERS)]
        command += ["--workers", str(workers), "--bind", f"127.0.0.1:{port}"]
        return [*command, "-k", "uvicorn_worker.UvicornWorker", "fast:app"]

    with started(command, {"MODE": mode}) as port:
        yield f"http://127.0.0.1:{port}/mcp"


@contextlib.contextmanager
def old(mode: str) -> Iterator[str]:
    def command(_folder: Path, port: int) -> list[str]:
        return [python(*OLD), str(SERVERS / "old.py"), str(port), mode]

    with started(command) as port:
        yield f"http://127.0.0.1:{port}/mcp"


TODAY = [
    Trial("today's SDK", today, HEALTHY, hold_s=4),
    # It opens a stream on GET that nothing is ever sent on; FastMCP answers 405.
    Trial(
        "today's SDK, stateless",
        lambda: today(stateless=True),
        only("stateless-200-dead-stream"),
    ),
]
FASTMCP = [
    Trial("FastMCP", lambda: fast("sessions"), HEALTHY),
    Trial("FastMCP, stateless", lambda: fast("stateless"), HEALTHY),
    Trial(
        "gunicorn, two workers",
        lambda: gunicorn("sessions", 2),
        only("multi-replica-no-affinity"),
    ),
    Trial("gunicorn, one worker", lambda: gunicorn("sessions", 1), HEALTHY),
    Trial(
        "gunicorn, two workers, stateless", lambda: gunicorn("stateless", 2), HEALTHY
    ),
]
PINNED = [
    Trial("SDK 1.25", lambda: old("sessions"), only("session-400-instead-of-404")),
    Trial(
        "SDK 1.25, stateless",
        lambda: old("stateless"),
        only("stateless-200-dead-stream"),
        hold_s=4,
    ),
]


@pytest.fixture(scope="module")
def of_today() -> dict[str, Report]:
    return judge_all(TODAY)


@pytest.fixture(scope="module")
def of_fastmcp() -> dict[str, Report]:
    python(*FAST)
    return judge_all(FASTMCP)


@pytest.fixture(scope="module")
def of_pinned() -> dict[str, Report]:
    python(*OLD)
    return judge_all(PINNED)


@pytest.mark.parametrize("trial", TODAY, ids=lambda each: each.id)
def test_today_s_sdk_is_judged_fairly(
    trial: Trial, of_today: dict[str, Report], first_answer: FirstAnswer
) -> None:
    """The verdict is that of a person who knows the server."""
    report = of_today[trial.id]

    first_answer(report, fits=Seen.of(report) == trial.expected)


@pytest.mark.parametrize("trial", FASTMCP, ids=lambda each: each.id)
def test_fastmcp_is_judged_fairly(
    trial: Trial, of_fastmcp: dict[str, Report], first_answer: FirstAnswer
) -> None:
    """The verdict is that of a person who knows the server and its workers."""
    report = of_fastmcp[trial.id]

    first_answer(report, fits=Seen.of(report) == trial.expected)


@pytest.mark.parametrize("trial", PINNED, ids=lambda each: each.id)
def test_old_sdk_is_judged_fairly(
    trial: Trial, of_pinned: dict[str, Report], first_answer: FirstAnswer
) -> None:
    """The verdict is that of a person who knows the old version."""
    report = of_pinned[trial.id]

    first_answer(report, fits=Seen.of(report) == trial.expected)
