"""A machine without IPv6 and names that lead there: a network of its own plays it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
APART = ("unshare", "--map-root-user", "--net", "--mount")


def _possible() -> bool:
    if shutil.which("unshare") is None:
        return False
    done = subprocess.run([*APART, "true"], capture_output=True, check=False)
    return done.returncode == 0


pytestmark = [
    pytest.mark.real(part="breaking"),
    pytest.mark.skipif(
        not _possible(),
        reason="no namespaces here: NOTHING WAS ASKED FROM A MACHINE WITHOUT IPv6",
    ),
]


def test_names_that_lead_to_ipv6_are_judged_where_there_is_none(tmp_path: Path) -> None:
    """With an IPv4 address beside it the name works; alone the machine is to blame."""
    done = subprocess.run(
        [*APART, sys.executable, "-m", "breaking.no_ipv6", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        cwd=TESTS,
        env=os.environ | {"HOME": str(tmp_path)},
    )
    told = json.loads(done.stdout or "{}")

    assert told, done.stderr
    assert told["both.test"] == {"outcome": "healthy", "causes": []}
    assert told["six.test"]["causes"] == ["address-unreachable"]
