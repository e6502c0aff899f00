"""Nothing that a client started outlives its trial."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import psutil

TESTS = Path(__file__).parents[1]
# An agent that starts a daemon in a session of its own, says its id, and ends.
AGENT = """
import subprocess, sys
wait = [sys.executable, "-c", "import time; time.sleep(600)"]
silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
print(subprocess.Popen(wait, start_new_session=True, **silent).pid)
"""
TRIAL = """
import subprocess, sys
from real_clients.ending import adopt_orphans, end_orphans
if sys.argv[2] == "adopts":
    adopt_orphans()
done = subprocess.run([sys.executable, "-c", sys.argv[1]], capture_output=True)
end_orphans()
print(done.stdout.decode())
"""


def left_behind(how: str) -> psutil.Process | None:
    """Run a trial of the agent, and return its daemon if that still runs."""
    done = subprocess.run(
        [sys.executable, "-c", TRIAL, AGENT, how],
        cwd=TESTS,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    try:
        return psutil.Process(int(done.stdout))
    except psutil.NoSuchProcess:
        return None


def test_a_daemon_that_left_its_group_is_ended_with_its_trial() -> None:
    """Who does not adopt it leaves it running; who does ends it."""
    forgotten = left_behind("leaves it")
    assert forgotten is not None
    forgotten.kill()

    assert left_behind("adopts") is None
