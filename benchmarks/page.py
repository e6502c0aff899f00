# ruff: noqa: D103, E501, INP001, S311, S603, S607, T201 - a script, run by hand
"""Measure the costs that docs/benchmarks.md shows, and write that page.

Each figure is a ratio of processor times: ours over a peer's, or over the base build's
(its commit is in benchmarks/base), run in turns. Seconds of one machine say nothing.

Run: python benchmarks/page.py [--rounds 7] [--megabytes 512] [--files 4000] [--targets 100]
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import importlib.metadata
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import fleet_pace
import log_reading
import stream_parsing

from streamtriage.error_text.reasons import OPEN, REOPEN
from streamtriage.model import Report

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

HERE = Path(__file__).parent
ROOT = HERE.parent
PAGE = ROOT / "docs" / "benchmarks.md"
FOUR = (
    *("Connection error", "connection dropped"),
    *("Successfully connected", "session expired"),
)
US = (sys.executable, "-m", "streamtriage")
QUICK = ("--hold", "0", "--no-local")
REFUSED = "http://127.0.0.1:9/mcp"


@dataclass(frozen=True)
class Row:
    """One line of the page: a ratio, its spread over the rounds, and what was wanted."""

    what: str
    over: str
    ratios: tuple[float, ...]
    wanted: str

    def shown(self) -> str:
        low, high = min(self.ratios), max(self.ratios)
        middle = statistics.median(self.ratios)
        spread = f"{low:.2f} to {high:.2f}"
        return (
            f"| {self.what} | {self.over} | {middle:.2f} | {spread} | {self.wanted} |"
        )


@dataclass(frozen=True)
class Size:
    """What a report takes as it is written, and with all that is looked up."""

    what: str
    kept: int
    whole: int
    wanted_kb: int

    def shown(self) -> str:
        return (
            f"| {self.what} | {self.kept / 1000:.1f} kB | {self.whole / 1000:.0f} kB "
            f"| {self.kept / self.whole:.2f} | ≤ {self.wanted_kb} kB |"
        )


@dataclass(frozen=True)
class Pace:
    """How many rows a second, in several tries."""

    what: str
    a_second: tuple[float, ...]
    wanted: int

    def shown(self) -> str:
        low, high = min(self.a_second), max(self.a_second)
        middle = statistics.median(self.a_second)
        return (
            f"| {self.what} | {middle:.0f} | {low:.0f} to {high:.0f} "
            f"| ≥ {self.wanted} |"
        )


def spent_s(words: Sequence[str], env: Mapping[str, str] | None = None) -> float:
    """Return the processor time of a command and of all that it waited for."""
    with (
        tempfile.TemporaryFile() as sink,
        subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            # A file: grep and its like end at the first match where they see /dev/null.
            stdout=sink,
            stderr=subprocess.DEVNULL,
            env=os.environ | (env or {}),
        ) as child,
    ):
        _, _, used = os.wait4(child.pid, 0)
        child.returncode = 0
    return used.ru_utime + used.ru_stime


def in_turns(
    rounds: int, commands: Mapping[str, tuple[Sequence[str], Mapping[str, str]]]
) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(rounds + 1):
        for name, (words, env) in commands.items():
            took_s = spent_s(words, env)
            # The first turn warms the caches up.
            if turn:
                found[name].append(took_s)
    return found


def over(ours: Sequence[float], theirs: Sequence[float]) -> tuple[float, ...]:
    return tuple(a / b for a, b in zip(ours, theirs, strict=True))


@contextlib.contextmanager
def base_build() -> Iterator[dict[str, str]]:
    """Put the base build where a child finds it; the packages are ours."""
    commit = (HERE / "base").read_text(encoding="utf-8").strip()
    with tempfile.TemporaryDirectory() as folder:
        told = subprocess.run(
            ["git", "archive", commit, "lib"], cwd=ROOT, check=True, capture_output=True
        )
        with tarfile.open(fileobj=BytesIO(told.stdout)) as archive:
            archive.extractall(folder, filter="data")
        compiled = [sys.executable, "-m", "compileall", "-q", f"{folder}/lib"]
        subprocess.run(compiled, check=True)
        yield {"PYTHONPATH": f"{folder}/lib"}


def starts(rounds: int, folder: Path, url: str) -> Iterator[Row]:
    error = folder / "error.txt"
    error.write_text(f"{REOPEN}: Streamable HTTP error: {OPEN}: Conflict\n" * 10)
    report = str(folder / "report.json")
    refused = (*US, "triage", REFUSED, *QUICK)
    spent_s((*refused, "--json", report))
    live = (*US, "triage", url, *QUICK)
    imports = "import httpx, pydantic"
    floor = "import asyncio, httpx, typer; from pydantic import BaseModel"
    port = str(urlsplit(url).port)
    bare = (sys.executable, "-I", "-S", str(HERE / "bare_requests.py"), port)
    with base_build() as base:
        found = in_turns(
            rounds,
            {
                "base": ((*US, "--version"), base),
                "--version": ((*US, "--version"), {}),
                "--help": ((*US, "--help"), {}),
                "faults": ((*US, "faults"), {}),
                "judge": ((*US, "judge", report), {}),
                "signature": ((*US, "signature", str(error)), {}),
                "imports": ((sys.executable, "-c", imports), {}),
                "floor": ((sys.executable, "-c", floor), {}),
                "refused": (refused, {}),
                "base refused": (refused, base),
                "bare": (bare, {}),
                "live": (live, {}),
                "base live": (live, base),
            },
        )
    for name in ("--version", "--help", "faults", "judge", "signature"):
        wanted = "≤ 0.5" if name == "--version" else "≤ 1.5"
        ratios = over(found[name], found["base"])
        yield Row(f"`{name}`", "`--version` of the base build", ratios, wanted)
    refused_s, live_s = found["refused"], found["live"]
    what = "triage of a refused port"
    yield Row(what, f"`{imports}`", over(refused_s, found["imports"]), "≤ 1.5")
    yield Row(what, f"`{floor}`", over(refused_s, found["floor"]), "")
    yield Row(what, "the base build's", over(refused_s, found["base refused"]), "")
    what = "triage of a 405 server"
    yield Row(what, "its bare requests", over(live_s, found["bare"]), "≤ 8")
    yield Row(what, f"`{imports}`", over(live_s, found["imports"]), "")
    yield Row(what, "the base build's", over(live_s, found["base live"]), "")


def notebook(rounds: int, folder: Path, url: str) -> Iterator[Row]:
    files = ("--json", str(folder / "a.json"), "--html", str(folder / "a.html"))
    headless = ("runbook", "--url", url, "--hold", "0", "--out", str(folder / "out"))
    found = in_turns(
        max(2, rounds // 2),
        {
            "command": ((*US, "triage", url, *QUICK, *files), {}),
            "notebook": ((*US, *headless), {}),
        },
    )
    ratios = over(found["notebook"], found["command"])
    yield Row("headless notebook", "`triage --json --html`", ratios, "≤ 3")


def logs(rounds: int, folder: Path, megabytes: int, files: int) -> Iterator[Row]:
    if shutil.which("rg") is None:
        return
    for name, size in (("small", megabytes), ("large", 3 * megabytes)):
        (folder / name).mkdir()
        log_reading.write(folder / name / "log.jsonl", size)
    many = folder / "many"
    chance = random.Random(2)
    for number in range(files):
        place = many / f"mcp-logs-{number % 20}"
        place.mkdir(parents=True, exist_ok=True)
        at = 1_760_000_000.0 + 100 * number
        lines = [log_reading.payload(chance, at + k) for k in range(50)]
        if number % 10 == 0:
            lines.insert(25, log_reading.burst(at + 25))
        (place / f"{number:05}.jsonl").write_text("".join(lines), encoding="utf-8")
    search = ("rg", "-c", *(word for text in FOUR for word in ("-e", text)))
    read = (*US, "history", "--logs")
    names = ("small", "large", "many")
    found = in_turns(
        max(2, rounds // 2),
        {f"rg {n}": ((*search, str(folder / n)), {}) for n in names}
        | {f"us {n}": ((*read, str(folder / n)), {}) for n in names},
    )
    slopes = {
        who: [
            b - a
            for a, b in zip(found[f"{who} small"], found[f"{who} large"], strict=True)
        ]
        for who in ("us", "rg")
    }
    ratios = over(slopes["us"], slopes["rg"])
    yield Row("`history`, by slope", "`rg -c` for four texts", ratios, "≤ 1.0")
    ratios = over(found["us many"], found["rg many"])
    yield Row(f"`history` of {files} files", "`rg -c`, likewise", ratios, "≤ 3")


def large_text(rounds: int, folder: Path) -> Iterator[Row]:
    if shutil.which("rg") is None:
        return
    path = folder / "one.jsonl"
    log_reading.write(path, 1024)
    search = ("rg", "-c", *(word for text in FOUR for word in ("-e", text)))
    found = in_turns(
        rounds,
        {
            "rg": ((*search, str(path)), {}),
            "us": ((*US, "signature", str(path)), {}),
        },
    )
    path.unlink()
    ratios = over(found["us"], found["rg"])
    yield Row("`signature` of 1.07 GB", "`rg -c` for four texts", ratios, "≤ 1.5")


def parsing(rounds: int) -> Iterator[Row]:
    data = stream_parsing.stream(8)
    pairs = [
        (
            stream_parsing.taken_s(stream_parsing.ours, data),
            stream_parsing.taken_s(stream_parsing.theirs, data),
        )
        for _ in range(rounds)
    ]
    ratios = tuple(a / b for a, b in pairs)
    yield Row("event stream of 8 MB", "httpx-sse", ratios, "≤ 1.2")


def fleet(targets: int) -> Iterator[Row]:
    """Compare with the same triages in one process, which writes nothing."""
    yield from _fleets(targets, 3)


def large_fleet(targets: int) -> Iterator[Row]:
    yield from _fleets(5 * targets, 1)


def _fleets(count: int, rounds: int) -> Iterator[Row]:
    pairs: dict[int, list[float]] = {1: [], 2: []}
    with fleet_pace.answering() as urls:
        for _ in range(rounds):
            plain_s, _ = asyncio.run(fleet_pace.plainly(urls, count))
            for workers, ratios in pairs.items():
                with tempfile.TemporaryDirectory() as name:
                    each_s, _, _ = asyncio.run(
                        fleet_pace.by_fleet(urls, count, Path(name), workers)
                    )
                ratios.append(each_s / plain_s)
    for workers, ratios in pairs.items():
        what = f"a fleet's target, of {count}, {workers} worker(s)"
        yield Row(what, "the same by plain asyncio", tuple(ratios), "≤ 1.1")


def paces(url: str) -> Iterator[Pace]:
    """Show rows a second: these are of this machine, and no ratios."""
    found = sorted(fleet_pace.refused_pace(300)[0] for _ in range(3))
    yield Pace("targets on refused ports, one command", tuple(found), 25)
    for what, asked in (("of a refused port", REFUSED), ("of a 405 server", url)):
        report = asyncio.run(fleet_pace.a_report(asked))
        kept = [asyncio.run(fleet_pace.kept_pace(5000, report)) for _ in range(3)]
        found = sorted(each[0] for each in kept)
        yield Pace(f"rows kept, with reports {what}", tuple(found), 2000)


def sizes(folder: Path, url: str) -> Iterator[Size]:
    for what, asked, wanted in (
        ("a healthy 405 server", url, 30),
        ("a refused port", REFUSED, 4),
    ):
        path = folder / "size.json"
        spent_s((*US, "triage", asked, *QUICK, "--json", str(path)))
        report = Report.model_validate_json(path.read_text(encoding="utf-8"))
        kept, whole = path.stat().st_size, len(report.model_dump_json())
        yield Size(what, kept, whole, wanted)


def machine(load_before: Sequence[float]) -> str:
    model = platform.machine()
    with contextlib.suppress(OSError):
        told = Path("/proc/cpuinfo").read_text(encoding="utf-8")
        names = [x for x in told.split("\n") if x.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    before = ", ".join(f"{each:.1f}" for each in load_before)
    idle = load_before[0] < (os.cpu_count() or 1) / 4
    said = "It was idle" if idle else "It was not idle: others had work on it"
    packages = ", ".join(
        f"{name} {importlib.metadata.version(name)}"
        for name in ("pydantic", "httpx", "typer", "httpx-sse")
    )
    return (
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} × {model}, "
        f"{platform.system()}, Python {platform.python_version()}, {packages}; "
        f"load when it began {before}, when it ended {load}. {said}."
    )


PARTS = (
    *("starts", "notebook", "parsing", "large text", "sizes", "paces"),
    *("logs", "fleet", "large fleet"),
)


@dataclass
class Page:
    """The page as far as it has been measured."""

    rounds: int
    load: tuple[float, float, float]
    found: list[Row | Size | Pace] = field(default_factory=list)
    left: list[str] = field(default_factory=lambda: list(PARTS))

    def add(self, part: str, line: Row | Size | Pace) -> None:
        print(f"{part}: {line.shown()}", flush=True)
        self.found.append(line)

    def lines(self, kind: type[Row | Size | Pace]) -> str:
        return "\n".join(x.shown() for x in self.found if isinstance(x, kind))

    def missing(self) -> str:
        left = ", ".join(self.left)
        return (
            f"\nNot measured in this run, which was stopped: {left}.\n" if left else ""
        )

    def write(self) -> None:
        commit = (HERE / "base").read_text(encoding="utf-8").strip()[:7]
        text = f"""# What it costs

Each figure is a ratio of processor times, the median of {self.rounds} rounds in turns (fewer where one takes long), with the lowest and the highest.
Seconds of one machine would say nothing about another; a ratio holds, as far as the spread shows.
The base build is commit {commit}, with the same packages.
`make bench` writes this page anew.

{machine(self.load)}

| what | over | ratio | spread | wanted |
|---|---|---|---|---|
{self.lines(Row)}

| report of | as it is written | with the catalogue copied | ratio | wanted |
|---|---|---|---|---|
{self.lines(Size)}

| rows a second of this machine | median | spread | wanted |
|---|---|---|---|
{self.lines(Pace)}

What stands in the way: a triage needs a command line, an event loop, an HTTP library and validated records, and importing those four takes what the row with `{"from pydantic import BaseModel"}` compares with.
A report of a server that answers is mostly its evidence: each request with its headers as they came.
The bare requests are three, by a Python without its site packages: an import of httpx and pydantic alone takes seven times as much.
In a notebook a kernel is started, and a page is made of all cells by nbconvert, which the command line does without.
Each of many small files is opened, read and searched by Python, one by one, where `rg` does it in threads without it; so most of what they cost is not the searching.
A fleet's target passes through Dask, whose messages for a task that does nothing take 4 to 6 ms of a processor, and leaves a report; plain asyncio does neither.
Plain asyncio begins sixteen at once and is late for all of them, which a fleet may not be: answers that come in heaps are cheaper, and later than a server can be judged by.
{self.missing()}"""
        PAGE.write_text(text, encoding="utf-8")


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--megabytes", type=int, default=512)
    options.add_argument("--files", type=int, default=4000)
    options.add_argument("--targets", type=int, default=100)
    given = options.parse_args()
    page = Page(given.rounds, os.getloadavg())
    with tempfile.TemporaryDirectory() as name, fleet_pace.answering(1) as (url,):
        folder = Path(name)
        # What takes longest comes last: who stops it has a page of what was measured.
        for part, found in (
            ("starts", starts(given.rounds, folder, url)),
            ("notebook", notebook(given.rounds, folder, url)),
            ("parsing", parsing(given.rounds)),
            ("large text", large_text(given.rounds, folder)),
            ("sizes", sizes(folder, url)),
            ("paces", paces(url)),
            ("logs", logs(given.rounds, folder, given.megabytes, given.files)),
            ("fleet", fleet(given.targets)),
            ("large fleet", large_fleet(given.targets)),
        ):
            for line in found:
                page.add(part, line)
            page.left.remove(part)
            page.write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
