"""Runs the parts of the tests side by side, and tells what each of them cost.

Each part is a target of the Makefile; its output is kept in build/ci/PART.log, what
became of its tests in build/ci/PART.xml. Arguments are the names of parts, if not all.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
KEPT = ROOT / "build" / "ci"
# What is needed by several parts, and may not be installed by two at a time.
NEEDED = ("install", "browser", "products")
# Computes for half of the time: four at a time keep two processors busy.
ALONE = ("pytest",)
# Parts whose first answers are counted, one at a time: a server that is asked while
# others compute would seem slow. They wait most of the time, so others run beside them.
# The cluster's workers compare ages of streams too.
FIRST = (
    *("test-metamorphic", "test-servers", "test-again"),
    *("test-cluster", "test-products"),
)
# The others, the longest first, so that none is left to run alone at the end.
BESIDE = (
    "test-commands",
    "test-browser",
    "test-breaking",
    "test-clients",
    "notebooks",
    "test-properties",
    "typecheck",
    "lint",
)
PARTS = ALONE + FIRST + BESIDE
AT_ONCE = 3
# So that one of the first is let on at once whenever it has something to do. Each part
# is a session of its own, and where Linux groups processes by session, it is the group
# that has to be nice: between groups nobody asks how nice a process is.
STAND_BACK = (
    *("nice", "-n", "5", "sh", "-c"),
    '(echo 5 >/proc/self/autogroup) 2>/dev/null; exec "$@"',
    "sh",
)
# Where one process would wait, how many share the tests of a part.
WORKERS = {"pytest": 4, "test-servers": 2, "test-products": 2, "notebooks": 2}
PATIENCE_S = 45 * 60
# What of a part's output everybody should see: what was skipped, and first answers.
SHOWN = ("SKIPPED", "FAILED", "ERROR", "XFAIL", "WARNING")
LAST_LINES = 300


@dataclass(frozen=True)
class Done:
    """How one part ended, and what it cost."""

    name: str
    code: int
    wall_s: float
    processor_s: float
    passed: int
    failed: int
    skipped: int


def run(name: str, patience_s: float = PATIENCE_S) -> Done:
    """Run one target of the Makefile to its end, in a process group of its own."""
    log, junit = KEPT / f"{name}.log", KEPT / f"{name}.xml"
    junit.unlink(missing_ok=True)
    command = [*STAND_BACK] if name in BESIDE else []
    command += ["make", "--no-print-directory", name]
    command += [f"WORKERS={WORKERS.get(name, 1)}", f"JUNIT={junit}"]
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        RUNNING.add(process.pid)
        late = threading.Timer(patience_s, end, (process.pid,))
        late.start()
        # Not wait(): only this tells what the process and all that it waited for used.
        _, status, usage = os.wait4(process.pid, 0)
        late.cancel()
        RUNNING.discard(process.pid)
    process.returncode = code = os.waitstatus_to_exitcode(status)
    passed, failed, skipped = counted(junit)
    if not (passed or failed):
        passed, failed = (0, 1) if code else (1, 0)
    return Done(
        name,
        code,
        time.monotonic() - began,
        usage.ru_utime + usage.ru_stime,
        passed,
        # Over one in a hundred disappointing first answers fail no test, but the part.
        max(failed, 1) if code else failed,
        skipped,
    )


RUNNING: set[int] = set()


def end(group: int) -> None:
    """Kill a part with all that it started."""
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def counted(junit: Path) -> tuple[int, int, int]:
    """Return how many tests passed, failed and were skipped."""
    if not junit.exists():
        return 0, 0, 0
    suites = ET.parse(junit).getroot().iter("testsuite")
    tests = failed = skipped = 0
    for suite in suites:
        tests += int(suite.get("tests", 0))
        failed += int(suite.get("failures", 0)) + int(suite.get("errors", 0))
        skipped += int(suite.get("skipped", 0))
    return tests - failed - skipped, failed, skipped


def failures(junit: Path) -> Iterator[str]:
    """Yield each failed test of a part, with the beginning of what it says."""
    if not junit.exists():
        return
    for case in ET.parse(junit).getroot().iter("testcase"):
        wrong = case.find("failure")
        wrong = case.find("error") if wrong is None else wrong
        if wrong is not None:
            said = " ".join(wrong.get("message", "").split())
            yield f"{case.get('classname')}::{case.get('name')}: {said:.200}"


def tell(done: Done) -> None:
    """Print how a part ended, and the end of its output where it failed."""
    lines = (KEPT / f"{done.name}.log").read_text("utf-8", "replace").splitlines()
    said = [each for each in lines if each.startswith(SHOWN) or "first answers" in each]
    shown = lines[-LAST_LINES:] if done.code else said
    ended = "FAILED" if done.code else "passed"
    print(
        f"=== {done.name} {ended} in {done.wall_s:.0f} s, "
        f"{done.processor_s:.0f} s of processor time; {done.passed} passed, "
        f"{done.failed} failed, {done.skipped} skipped",
        *shown,
        sep="\n",
        flush=True,
    )


def main(names: list[str]) -> int:
    """Install what is needed, run the parts, and return the exit code of them all."""
    KEPT.mkdir(parents=True, exist_ok=True)
    began, load = time.monotonic(), os.getloadavg()[0]
    done = [run(name) for name in NEEDED]
    for each in done:
        tell(each)
    if done[0].code == 0:
        wanted = names or list(PARTS)
        done += [told(name) for name in wanted if name in ALONE]
        with ThreadPoolExecutor(1) as first, ThreadPoolExecutor(AT_ONCE) as beside:
            lanes = [
                (first if name in FIRST else beside).submit(told, name)
                for name in wanted
                if name not in ALONE
            ]
        done += [each.result() for each in lanes]
    tests = done[len(NEEDED) :]
    print("\npart               wall  processor  passed  failed  skipped")
    for each in done:
        print(
            f"{each.name:<22.22}{each.wall_s:5.0f} s {each.processor_s:6.0f} s"
            f"{each.passed:8}{each.failed:8}{each.skipped:9}"
        )
    print(
        f"{time.monotonic() - began:.0f} s in all on {os.cpu_count()} processors, "
        f"{sum(each.processor_s for each in done):.0f} s of processor time; "
        f"load {load:.1f} before, {os.getloadavg()[0]:.1f} after\n"
    )
    for each in tests:
        for line in failures(KEPT / f"{each.name}.xml"):
            print(f"FAILED in {each.name}: {line}")
    failed = sum(each.failed for each in tests) + sum(bool(d.code) for d in done[:1])
    print(
        f"{sum(each.passed for each in tests)} passed, {failed} failed, "
        f"{sum(each.skipped for each in tests)} skipped",
        flush=True,
    )
    return 1 if failed or not tests else 0


def told(name: str) -> Done:
    """Run a part and tell how it ended, in one piece."""
    done = run(name)
    with SAYING:
        tell(done)
    return done


SAYING = threading.Lock()


def stopped(*_: object) -> None:
    """End with all that is running: parts are not in the group of this process."""
    for group in tuple(RUNNING):
        end(group)
    os._exit(1)


if __name__ == "__main__":
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, stopped)
    sys.exit(main(sys.argv[1:]))
