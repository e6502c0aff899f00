# ruff: noqa: D103, INP001, T201 - a script that prints, run by hand
"""What a fleet costs for each target: on one worker and two, plain, and by papermill.

Run: python benchmarks/fleet_cost.py --most 500

Costs are processor seconds, which another program on the machine disturbs least. The
targets take turns on twelve servers of the lab, in a process of their own.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
from fleet_pace import AT_ONCE, spent_s

from streamtriage import lab
from streamtriage.fleet.cluster import Place, embedded
from streamtriage.fleet.journal import Store, read_report
from streamtriage.fleet.run import Limits, run_fleet
from streamtriage.fleet.targets import FleetTarget
from streamtriage.notebook.paths import runbook_path
from streamtriage.triage import triage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection

    from streamtriage.model import Report

# Servers whose verdict does not hang on how fast this machine is.
SCENARIOS = (
    *("healthy", "healthy-get-405", "healthy-modern", "get-not-implemented-404"),
    *("get-4xx-instead-of-405", "get-200-html-or-json", "get-204", "spa-catchall"),
    *("gateway-blocks-get", "host-403", "session-400-instead-of-404"),
    "tcp-refused-server-down",
)
NOTEBOOKS = 2
STREAMS = 40


@dataclass(frozen=True)
class Wrong:
    """A verdict that was not the planted one, and what it rests on."""

    target: str
    expected: tuple[str, ...]
    got: tuple[str, ...]
    said: str


@dataclass(frozen=True)
class Cost:
    """What one run took, and how many of its verdicts were right."""

    targets: int
    right: int
    wall_s: float
    cpu_s: float
    wrong: tuple[Wrong, ...] = ()

    @property
    def each_s(self) -> float:
        return self.cpu_s / self.targets


def serve(sender: Connection) -> None:
    with contextlib.ExitStack() as stack:
        urls = [stack.enter_context(lab.serve(name)).url for name in SCENARIOS]
        sender.send(urls)
        sender.recv()


@contextlib.contextmanager
def servers() -> Iterator[list[str]]:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve, args=(there,))
    process.start()
    try:
        yield here.recv()
    finally:
        here.send(None)
        process.join(30)


def fleet_of(urls: list[str], count: int) -> list[FleetTarget]:
    return [
        FleetTarget(name=f"{SCENARIOS[n % len(urls)]}-{n}", url=urls[n % len(urls)])
        for n in range(count)
    ]


def planted(name: str) -> tuple[str, ...]:
    cause = lab.scenario(name.rpartition("-")[0]).cause
    return (cause,) if cause else ()


def wrong_one(name: str, got: tuple[str, ...], report: Report | None) -> Wrong | None:
    """Return what is wrong with a verdict, with the sentences that it rests on."""
    expected = planted(name)
    sound = report is not None and report.verdict.outcome == "healthy"
    if got == expected and (expected or sound):
        return None
    findings = report.findings if report is not None else ()
    named = {*expected, *got}
    said = [f"{f.cause} {f.status}: {f.because}" for f in findings if f.cause in named]
    if report is not None:
        said += [f"took {report.took_s:.1f} s"]
        said += [
            f"{seen.label}: {seen.failure} {seen.failure_detail}"
            for probe in report.evidence
            for seen in probe.exchanges
            if seen.failure is not None
        ]
    return Wrong(name, expected, got, "\n    ".join(said) or "no report")


def own_processes() -> list[psutil.Process]:
    """Return this process and the workers, without the one that serves."""
    me = psutil.Process()
    serving = {each.pid for each in multiprocessing.active_children() if each.pid}
    first = next((c.pid for c in me.children() if c.pid in serving), None)
    return [me, *(c for c in me.children(recursive=True) if c.pid != first)]


async def by_dask(targets: list[FleetTarget], workers: int, at_once: int) -> Cost:
    """Run them after one triage that warms the workers up."""
    with tempfile.TemporaryDirectory() as name:
        places = tuple(Place() for _ in range(workers))
        async with embedded(places, at_once=at_once) as client:
            limits = Limits(hold_s=0, at_once=at_once, per_host=len(targets))
            with Store(Path(name) / "warm") as store:
                warm = [t.model_copy(update={"name": "w"}) for t in targets[:1]]
                await run_fleet(client, warm, store, limits=limits)
            processes = own_processes()
            before, began = spent_s(processes), time.monotonic()
            with Store(Path(name) / "run") as store:
                await run_fleet(client, targets, store, limits=limits)
                took = time.monotonic() - began
                cpu_s = spent_s(processes) - before
                judged = [
                    wrong_one(row.name, row.causes, read_report(store.folder, row))
                    for row in store.rows.values()
                ]
    return cost_of(judged, took, cpu_s)


def cost_of(judged: Sequence[Wrong | None], wall_s: float, cpu_s: float) -> Cost:
    wrong = tuple(each for each in judged if each is not None)
    return Cost(len(judged), len(judged) - len(wrong), wall_s, cpu_s, wrong)


async def plainly(targets: list[FleetTarget], at_once: int) -> Cost:
    """Run them in this process, with a semaphore and nothing else."""
    room = asyncio.Semaphore(at_once)

    async def one(target: FleetTarget) -> Wrong | None:
        async with room:
            report = (await triage(target.intake(0))).shown
        return wrong_one(target.name, report.verdict.causes, report)

    me = [psutil.Process()]
    await one(targets[0])
    before, began = spent_s(me), time.monotonic()
    judged = await asyncio.gather(*map(one, targets))
    took = time.monotonic() - began
    return cost_of(judged, took, spent_s(me) - before)


def by_papermill(urls: list[str]) -> Cost:
    """Run the triage runbook once for each target, as people would without a fleet."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    right = 0
    with tempfile.TemporaryDirectory() as name:
        for number, url in enumerate(urls[1 : 1 + NOTEBOOKS]):
            out = Path(name) / f"{number}.ipynb"
            words = ("-m", "papermill", str(runbook_path()), str(out))
            given = ("-p", "url", url, "-p", "hold_s", "0", "--no-progress-bar")
            done = subprocess.run(  # noqa: S603 - our own notebook
                [sys.executable, *words, *given], check=False, capture_output=True
            )
            right += done.returncode == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(NOTEBOOKS, right, time.monotonic() - began, cpu)


async def memory_of_streams(url: str) -> tuple[float, int]:
    """Return MiB that a worker holds for each open connection, and their number."""
    with tempfile.TemporaryDirectory() as name:
        async with embedded(at_once=STREAMS) as client:
            limits = Limits(hold_s=20, at_once=STREAMS, per_host=STREAMS)
            with Store(Path(name)) as store:
                one = [FleetTarget(name="warm", url=url, hold_s=0)]
                await run_fleet(client, one, store, limits=limits)
                worker = max(own_processes()[1:], key=lambda p: p.memory_info().rss)
                before, port = worker.memory_info().rss, int(url.split(":")[2][:-4])
                many = [FleetTarget(name=f"s{n}", url=url) for n in range(STREAMS)]
                going = asyncio.create_task(
                    run_fleet(client, many, store, limits=limits)
                )
                most, used = 0, 0
                while not going.done():
                    await asyncio.sleep(0.5)
                    mine = worker.net_connections()
                    count = sum(bool(c.raddr) and c.raddr.port == port for c in mine)
                    most = max(most, count)
                    used = max(used, worker.memory_info().rss - before)
                await going
    return used / 2**20 / max(most, 1), most


def shown(what: str, cost: Cost, least: float) -> None:
    print(
        f"| {what} | {cost.targets} | {cost.right} | {cost.wall_s:.1f} s "
        f"| {cost.each_s:.2f} s | {cost.each_s / least:.2f} |",
        flush=True,
    )
    for each in cost.wrong:
        print(
            f"  WRONG {each.target}: expected {each.expected}, got {each.got}\n"
            f"    {each.said}",
            file=sys.stderr,
            flush=True,
        )


def just_once(size: int, workers: int, at_once: int) -> int:
    """Run one size on so many workers; ends with 1 if a verdict was wrong."""
    with servers() as urls:
        cost = asyncio.run(by_dask(fleet_of(urls, size), workers, at_once))
    shown(f"Dask, {workers} worker(s)", cost, cost.each_s)
    return int(bool(cost.wrong))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=500)
    parser.add_argument("--at-once", type=int, default=AT_ONCE)
    parser.add_argument(
        "--only", type=int, metavar="WORKERS", help="just --most on so many workers"
    )
    given = parser.parse_args()
    most, at_once = given.most, given.at_once
    if given.only:
        return just_once(most, given.only, at_once)
    sizes = [size for size in (1, 10, 100, 500) if size <= most]
    print("| run | targets | right | wall | processor, each | to plain asyncio |")
    print("|---|---|---|---|---|---|", flush=True)
    with servers() as urls:
        plain = asyncio.run(plainly(fleet_of(urls, min(100, most)), at_once))
        least = plain.each_s
        shown("plain asyncio, one process", plain, least)
        for workers in (1, 2):
            for size in sizes:
                cost = asyncio.run(by_dask(fleet_of(urls, size), workers, at_once))
                shown(f"Dask, {workers} worker(s)", cost, least)
        paper = by_papermill(urls)
        shown("papermill, one notebook each", paper, least)
        print(
            f"\n{most} targets by papermill, one after the other: "
            f"{most * paper.wall_s / paper.targets / 60:.0f} min, extrapolated from "
            f"{paper.targets} runs.\nEvery run: {len(SCENARIOS)} distinct servers, "
            f"at most {at_once} triages at once in a worker."
        )
        each, count = asyncio.run(memory_of_streams(urls[0]))
        print(f"Memory of a worker: {each:.2f} MiB for each of {count} connections.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
