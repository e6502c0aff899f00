# ruff: noqa: D103, INP001, S311, T201 - a script that prints, run by hand
"""Read a log of two gigabytes, and compare with `grep -c` on the same file.

Run: python benchmarks/log_reading.py [--megabytes 2048] [--keep]
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from streamtriage.workstation.logs.files import Budget, read_log

if TYPE_CHECKING:
    from collections.abc import Callable

MEGABYTE = 1024 * 1024
# One failure in about 20 MB: a hundred in the whole file.
FAILURE_EVERY_MB = 20
ROUNDS = 5
WORDS = ("tool", "result", "page", "note", "value", "status", "message", "content")
PATTERNS = {
    "the error's text": ["-c", "Failed to reconnect SSE stream"],
    "the texts that are read": [
        "-cE",
        "Connection error|connection dropped|Successfully connected|session expired",
    ],
}


def record(text: str, at: float) -> str:
    stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + ".000Z"
    fields = {
        "debug": text,
        "timestamp": stamp,
        "sessionId": "9a9d1665-a007-4550-aff7-69cf4c15eb50",
        "cwd": "/home/dev/project",
    }
    return json.dumps(fields, separators=(",", ":")) + "\n"


def payload(chance: random.Random, at: float) -> str:
    words = " ".join(chance.choices(WORDS, k=chance.randint(5, 60)))
    return record(f"Calling MCP tool: {chance.choice(WORDS)} {words}", at)


def burst(at: float) -> str:
    """Return a connection that is cut after a minute and refused."""
    inner = "Streamable HTTP error: Failed to open SSE stream: Bad Gateway"
    agent = '{"User-Agent":"claude-code/2.1.197 (cli)"}'
    rows = [
        (0, "Initializing HTTP transport to https://mcp.example.test/mcp"),
        (0, f'HTTP transport options: {{"headers":{agent}}}'),
        (0, "Starting connection with timeout of 30000ms"),
        (0, "Successfully connected (transport: http) in 34ms"),
        (60, "HTTP connection dropped after 60s uptime"),
        (60, "Connection error: SSE stream disconnected: TypeError: terminated"),
        *(
            (61 + tries * 1.5, text)
            for tries in (0, 1)
            for text in (
                "HTTP connection dropped after 61s uptime",
                f"Connection error: Failed to reconnect SSE stream: {inner}",
            )
        ),
        (63, "Connection error: Maximum reconnection attempts (2) exceeded."),
        (63, "SSE GET-stream reconnection exhausted; leaving transport up"),
    ]
    return "".join(record(text, at + after) for after, text in rows)


def write(path: Path, megabytes: int) -> int:
    """Write the log and return how many failures it holds."""
    chance = random.Random(1)
    at = 1_760_000_000.0
    block = "".join(payload(chance, at + n) for n in range(5000))
    written = failures = 0
    with path.open("w", encoding="utf-8") as file:
        while written < megabytes * MEGABYTE:
            written += file.write(block)
            if written > failures * FAILURE_EVERY_MB * MEGABYTE:
                failures += 1
                at += 600
                written += file.write(burst(at))
    return failures


@dataclass
class Cost:
    """The least that one of several runs took: on the clock, and of the processor."""

    wall_s: float = float("inf")
    cpu_s: float = float("inf")

    def add(self, run: Callable[[], object]) -> None:
        began, spent = time.perf_counter(), processor_time()
        run()
        self.wall_s = min(self.wall_s, time.perf_counter() - began)
        self.cpu_s = min(self.cpu_s, processor_time() - spent)


def processor_time() -> float:
    both = (
        resource.getrusage(who)
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return sum(used.ru_utime + used.ru_stime for used in both)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--megabytes", type=int, default=2048)
    options.add_argument("--keep", action="store_true", help="keep the log")
    given = options.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="log-reading-"))
    path = folder / "big.jsonl"
    try:
        failures = write(path, given.megabytes)
        return compare(path, failures)
    finally:
        if not given.keep:
            shutil.rmtree(folder)


def compare(path: Path, failures: int) -> int:
    size = path.stat().st_size
    log = read_log(path, Budget())
    refused = sum("Failed to reconnect" in line.detail for line in log.lines)
    assert refused == 2 * failures, (refused, failures)
    ours, grep = Cost(), shutil.which("grep")
    theirs = {what: Cost() for what in PATTERNS} if grep else {}
    # In turns, so that whatever else the machine does falls on all of them.
    for _ in range(ROUNDS):
        ours.add(partial(read_log, path, Budget()))
        for what, cost in theirs.items():
            command = [str(grep), *PATTERNS[what], str(path)]
            # Not /dev/null: grep then stops at the first match.
            cost.add(partial(subprocess.check_output, command))
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    speed = size / ours.wall_s / 1e9
    print(f"file {size / 1e9:.2f} GB, {failures} failures, all found")
    print(f"ours {ours.wall_s:.2f} s, {speed:.2f} GB/s, {resident:.0f} MB resident")
    ratios = [cost.wall_s / ours.wall_s for cost in theirs.values()]
    for what, cost in theirs.items():
        print(
            f"grep for {what}: {cost.wall_s:.2f} s; ratio "
            f"{cost.wall_s / ours.wall_s:.2f} ({cost.cpu_s / ours.cpu_s:.2f} by "
            "processor time)"
        )
    return 0 if resident < 150 and all(ratio >= 0.5 for ratio in ratios) else 1


if __name__ == "__main__":
    sys.exit(main())
