"""Ctrl-C, SIGTERM and SIGKILL: what was seen is kept, and the exit code is a known one.

Real signals to real processes; what is waited for is a line that the process prints.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from streamtriage.exit_codes import STOPPED
from streamtriage.lab import serve
from streamtriage.model import Report
from streamtriage.stopping import SAME_PRESS_S

from .kills import COMMANDS, MOMENTS, SIGNALS, Kill, kill

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real(part="breaking")

APART_S = SAME_PRESS_S + 0.2


def started(*words: str, cwd: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "streamtriage", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=cwd,
        env={**os.environ, "HOME": str(cwd)},
    )


def read_until(running: subprocess.Popen[str], words: str) -> None:
    assert running.stderr is not None
    for line in running.stderr:
        if words in line:
            return
    raise AssertionError(f"it ended without saying {words!r}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_press_ends_the_watch_with_a_verdict(
    number: int, tmp_path: Path
) -> None:
    with serve("healthy-get-405") as lab:
        words = ("triage", lab.url, "--no-local", "--hold", "60", "--idle", "60")
        running = started(*words, "--json", "r.json", cwd=tmp_path)
        read_until(running, "Leaving a session alone")
        running.send_signal(number)
        out, _ = running.communicate(timeout=60)
    report = Report.model_validate_json((tmp_path / "r.json").read_text())

    assert running.returncode in (0, 3)
    assert "interrupted" in out
    assert report.ended_by == "person"


def test_a_hammering_hand_means_one_press(tmp_path: Path) -> None:
    with serve("healthy") as lab:
        running = started("triage", lab.url, "--no-local", "--hold", "60", cwd=tmp_path)
        read_until(running, "Watching a silent stream")
        for _ in range(30):
            if running.poll() is None:
                running.send_signal(signal.SIGINT)
            time.sleep(0.05)
        out, told = running.communicate(timeout=60)

    assert running.returncode in (0, 1, 3)
    assert len(out) > 200
    assert "Aborted" not in told


def test_the_second_says_writing_and_the_third_aborts(tmp_path: Path) -> None:
    code = (
        "import time\n"
        "from streamtriage.stopping import Presses\n"
        "with Presses(lambda: print('first', flush=True)) as presses:\n"
        "    presses.last_words = 'Seen until then: 409.'\n"
        "    print('ready', flush=True)\n"
        "    while True: time.sleep(0.05)\n"
    )
    running = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    assert running.stdout is not None
    running.stdout.readline()
    for _ in range(3):
        running.send_signal(signal.SIGINT)
        time.sleep(APART_S)
    out, told = running.communicate(timeout=60)

    assert running.returncode == STOPPED
    assert out == "first\n"
    assert told.split("\n") == [
        "",
        "Writing what was seen; once more aborts.",
        "",
        "Aborted. Seen until then: 409.",
        "",
    ]


@pytest.mark.parametrize(
    "words",
    [
        ("lab", "healthy"),
        ("history", "--logs", "."),
        ("snapshot",),
        ("judge", "-"),
        ("extract", "-"),
        ("signature", "-"),
    ],
    ids=lambda words: words[0],
)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_every_command_ends_by_both_signals_with_a_known_code(
    words: tuple[str, ...], number: int, tmp_path: Path
) -> None:
    """Those that read standard input wait for it, and so can be met at any moment."""
    running = subprocess.Popen(
        [sys.executable, "-m", "streamtriage", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "HOME": str(tmp_path)},
    )
    time.sleep(1.5)
    running.send_signal(number)
    _, told = running.communicate(timeout=60)

    assert running.returncode in (0, 3, STOPPED), told
    assert "Traceback" not in told


# They wait most of the time.
AT_ONCE = 3


@pytest.fixture(scope="module")
def kills(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, int], Kill]:
    """Kill each command by each signal once, several of them side by side."""

    def one(pair: tuple[str, int]) -> Kill:
        command, number = pair
        after_s = random.Random(f"{command} {number}").uniform(*MOMENTS[command])
        folder = tmp_path_factory.mktemp(command) / "run"
        return kill(command, number, after_s, folder, seen_first=True)

    pairs = [(command, number) for number in SIGNALS for command in COMMANDS]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return dict(zip(pairs, pool.map(one, pairs), strict=True))


@pytest.mark.timeout(900)
@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_a_kill_at_any_moment_loses_nothing_that_was_seen(
    command: str, number: int, kills: dict[tuple[str, int], Kill]
) -> None:
    """`python -m breaking.kills` does the same fifty times, at other moments."""
    one = kills[command, number]

    assert not one.lost, one
