"""Kills of a running command at random moments: what had been seen must be there.

`python -m breaking.kills --count 50 --seed 1` in `tests/` does it for triage, runbook
and fleet, and prints one line for each. The tests run a few of each with fixed seeds.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from streamtriage.fleet.journal import read_rows
from streamtriage.lab import serve
from streamtriage.model import Report

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COMMANDS", "Kill", "kill"]

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
# A start that is measured takes 0.5 to 3 s here, a runbook's kernel up to 12 s.
MOMENTS = {"triage": (0.1, 8.0), "runbook": (0.1, 15.0), "fleet": (0.1, 10.0)}
COMMANDS = tuple(MOMENTS)
_ROWS = 6


@dataclass(frozen=True)
class Kill:
    """One killed run: what was sent when, how it ended, and what is lost of it."""

    command: str
    name: str
    after_s: float
    code: int
    seen: bool
    lost: str


def kill(
    command: str, number: int, after_s: float, folder: Path, *, seen_first: bool = False
) -> Kill:
    """Run a command against a lab's server, send it a signal, and look at what is left.

    It is kept running by a long watch; whatever it leaves must be whole. `seen_first`
    counts the moment from when something is on disk, else from the start.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with serve("half-open-stream-409") as lab:
        words = _words(command, lab.url, folder)
        running = subprocess.Popen(
            [sys.executable, "-m", "streamtriage", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=folder,
            env={**os.environ, "HOME": str(folder)},
        )
        until = time.monotonic() + 60
        while seen_first and not _seen(command, folder) and time.monotonic() < until:
            time.sleep(0.05)
        try:
            running.wait(after_s)
        except subprocess.TimeoutExpired:
            before = _seen(command, folder)
            running.send_signal(number)
        else:
            before = _seen(command, folder)
        try:
            out, _ = running.communicate(timeout=90)
            lost = _lost(command, folder, before, out, number, running.returncode)
        except subprocess.TimeoutExpired:
            running.kill()
            running.communicate()
            lost = "it did not end within 90 s"
    return Kill(
        command,
        signal.Signals(number).name,
        after_s,
        running.returncode,
        bool(before),
        lost,
    )


def _words(command: str, url: str, folder: Path) -> list[str]:
    if command == "triage":
        return ["triage", url, "--no-local", "--hold", "60", "--json", "r.json"]
    if command == "runbook":
        return ["runbook", "--url", url, "--no-local", "--hold", "60", "--out", "out"]
    rows = "\n".join(f"s{n},{url},{2 if n < 3 else 60}" for n in range(_ROWS))
    (folder / "list.csv").write_text(f"name,url,hold_s\n{rows}\n")
    return ["fleet", "list.csv", "--out", "out", "--per-host", "2"]


def _reports(command: str, folder: Path) -> list[Path]:
    where = {"triage": ("", "r.json"), "runbook": ("out", "*.json")}[command]
    return sorted((folder / where[0]).glob(where[1]))


def _seen(command: str, folder: Path) -> frozenset[str]:
    """Return what is on disk: the probes that a report has, or the rows of a fleet."""
    if command == "fleet":
        if not (folder / "out" / "fleet.jsonl").exists():
            return frozenset()
        return frozenset(row.name for row in read_rows(folder / "out"))
    files = _reports(command, folder)
    if not files:
        return frozenset()
    report = Report.model_validate_json(files[0].read_text())
    return frozenset(each.probe for each in report.evidence)


def _lost(  # noqa: PLR0911 - a ladder
    command: str,
    folder: Path,
    before: frozenset[str],
    out: str,
    number: int,
    code: int,
) -> str:
    """Return what is wrong with what a killed run left; "" if all is there."""
    half = [path.name for path in folder.rglob(".writing-*")]
    if half and number != signal.SIGKILL:
        return f"half written: {half}"
    try:
        after = _seen(command, folder)
    except ValueError as problem:
        return f"a file that cannot be read: {problem}"
    if missing := before - after:
        return f"gone: {sorted(missing)}"
    if number == signal.SIGKILL:
        return ""
    if code == -number and not before:
        # Python itself had not come to our first line.
        return ""
    if code not in (0, 1, 3, 4, 130):
        return f"exit code {code}"
    if command == "triage" and code != 130 and len(out) < 200:
        return "no verdict on standard output"
    if command == "runbook" and code != 130:
        kinds = {path.suffix for path in (folder / "out").glob("triage-*")}
        if kinds != {".ipynb", ".html", ".json"}:
            return f"only {sorted(kinds)}"
    return ""


def main(arguments: Sequence[str] | None = None) -> None:
    """Kill each command so many times, and say what came of it."""
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--count", type=int, default=50)
    given.add_argument("--seed", type=int, default=1)
    given.add_argument("--minutes", type=float, default=60.0)
    given.add_argument("commands", nargs="*", default=COMMANDS)
    wanted = given.parse_args(arguments)
    until = time.monotonic() + 60 * wanted.minutes
    bad = 0
    for command in wanted.commands:
        chance, done = random.Random(wanted.seed), []
        for _ in range(wanted.count):
            number = chance.choice(SIGNALS)
            after_s = chance.uniform(*MOMENTS[command])
            if time.monotonic() > until:
                break
            with tempfile.TemporaryDirectory() as folder:
                one = kill(
                    command,
                    number,
                    after_s,
                    Path(folder) / "run",
                    seen_first=chance.random() < 0.7,
                )
            done.append(one)
            if one.lost:
                bad += 1
                sys.stdout.write(f"  {json.dumps(one.__dict__)}\n")
                sys.stdout.flush()
        codes = Counter(f"{each.name} {each.code}" for each in done)
        sys.stdout.write(
            f"{command}: {len(done)} kills, {sum(each.seen for each in done)} with "
            f"something on disk before, {sum(bool(each.lost) for each in done)} lost "
            f"something; {dict(codes)}\n"
        )
        sys.stdout.flush()
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
