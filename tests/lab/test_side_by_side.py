"""Several labs in one program, which take up what they are made of at one time."""

from __future__ import annotations

import subprocess
import sys

# In a program of its own: here everything may be imported already.
SERVES = """
from concurrent.futures import ThreadPoolExecutor
from streamtriage.lab import serve

def served(name):
    with serve(name) as lab:
        return lab.url

with ThreadPoolExecutor(8) as pool:
    print(len(set(pool.map(served, ["healthy"] * 8))))
"""


def test_labs_begin_side_by_side() -> None:
    """What is imported when first used is imported by one thread at a time."""
    done = subprocess.run(
        [sys.executable, "-c", SERVES], capture_output=True, text=True, check=False
    )

    assert done.stderr == ""
    assert done.stdout.strip() == "8"
