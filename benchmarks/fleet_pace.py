# ruff: noqa: D103, INP001, S603, T201 - a script, run by hand and by the page
"""What a fleet costs for each target, how fast it goes, and how many rows it can keep.

Run: python benchmarks/fleet_pace.py [--targets 100] [--refused 500] [--rows 10000]

The servers answer at once, so that nothing but our own work is measured. The peer is
plain asyncio: the same triages in one process, no report written, as many at once.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from streamtriage.fleet.cluster import embedded, here
from streamtriage.fleet.journal import TABLE, Store, read_rows
from streamtriage.fleet.keeper import Keeper
from streamtriage.fleet.row import Row
from streamtriage.fleet.run import Limits, run_fleet
from streamtriage.fleet.targets import FleetTarget
from streamtriage.judging import saved_json
from streamtriage.model import CauseId, Intake
from streamtriage.triage import triage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE = Path(__file__).parent
AT_ONCE = 16
SERVERS = 8


@contextlib.contextmanager
def answering(count: int = SERVERS) -> Iterator[list[str]]:
    """Start servers, each a process of its own, and return their addresses."""
    words = [sys.executable, str(HERE / "answering_server.py")]
    with contextlib.ExitStack() as stack:
        urls = []
        for _ in range(count):
            server = stack.enter_context(
                subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
            )
            stack.callback(server.terminate)
            assert server.stdout is not None
            urls.append(f"http://127.0.0.1:{server.stdout.readline().strip()}/mcp")
        yield urls


def spent_s(processes: Sequence[psutil.Process]) -> float:
    times = [each.cpu_times() for each in processes]
    return sum(float(each.user + each.system) for each in times)


def right(outcomes: Sequence[str], wanted: str = "healthy") -> str:
    return f"{outcomes.count(wanted)} of {len(outcomes)} {wanted}"


async def plainly(urls: Sequence[str], count: int) -> tuple[float, list[str]]:
    """Return the processor time of a target in seconds, and every outcome."""
    me, room = [psutil.Process()], asyncio.Semaphore(AT_ONCE)

    async def one(url: str) -> str:
        async with room:
            found = await triage(Intake(url=url, hold_s=0), environ={})
        return found.shown.verdict.outcome

    await one(urls[0])
    before = spent_s(me)
    told = await asyncio.gather(*(one(urls[n % len(urls)]) for n in range(count)))
    return (spent_s(me) - before) / count, list(told)


async def by_fleet(
    urls: Sequence[str], count: int, folder: Path, workers: int = 1
) -> tuple[float, float, list[str]]:
    """Return the processor time of a target, the rows a second, and every outcome.

    The workers are warmed up by a triage each before; the scheduler is counted.
    """
    async with embedded(here(count, workers), at_once=AT_ONCE) as client:
        limits = Limits(hold_s=0, at_once=AT_ONCE, per_host=AT_ONCE)
        warm = [FleetTarget(name=f"w{n}", url=urls[0]) for n in range(2 * workers)]
        with Store(folder / "warm") as store:
            await run_fleet(client, warm, store, limits=limits)
        me = psutil.Process()
        serving = {
            c.pid for c in me.children() if "answering_server" in str(c.cmdline())
        }
        ours = [me, *(c for c in me.children(recursive=True) if c.pid not in serving)]
        targets = [
            FleetTarget(name=f"t{n}", url=urls[n % len(urls)]) for n in range(count)
        ]
        before, began = spent_s(ours), time.monotonic()
        with Store(folder / "run") as store:
            await run_fleet(client, targets, store, limits=limits)
            took_s = time.monotonic() - began
            told = [row.outcome for row in store.rows.values()]
        return (spent_s(ours) - before) / count, count / took_s, list(told)


def refused_pace(count: int) -> tuple[float, str]:
    """Return the rows a second of the command on ports that refuse, from the first."""
    rows = [
        {"name": f"r{n}", "url": f"http://127.0.{n % 200}.{2 + n // 200}:9/mcp"}
        for n in range(count)
    ]
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "out"
        listed = Path(name) / "targets.json"
        listed.write_text(json.dumps(rows), encoding="utf-8")
        words = ("-m", "streamtriage", "fleet", str(listed), "--hold", "0")
        subprocess.run(
            [sys.executable, *words, "--out", str(out)],
            check=False,
            capture_output=True,
        )
        found = read_rows(out)
    at = sorted(each.taken_at for each in found)
    pace = (len(at) - 1) / (at[-1] - at[0]).total_seconds()
    return pace, right([each.outcome for each in found], "cause-present")


def made_row(number: int) -> Row:
    return Row(
        name=f"target-{number}",
        url=f"https://host-{number % 5000}.example/mcp",
        vantage="here",
        digest=f"{number:012x}",
        outcome="cause-present",
        causes=(CauseId("get-not-implemented-404"),),
        impact="degraded",
        owner="server",
        summary="The server answers 404 to GET, where 405 is meant.",
        taken_at=datetime.now(UTC),
        took_s=0.8,
        answer_s=0.1,
    )


async def kept_pace(count: int, report: str) -> tuple[float, float]:
    """Return the rows a second that are kept, and those without their reports."""
    paces = []
    for text in (report, ""):
        with tempfile.TemporaryDirectory() as name, Store(Path(name)) as store:
            keeper, rows = Keeper(store), [made_row(n) for n in range(count)]
            began = time.monotonic()
            await asyncio.gather(*(keeper.keep(row, text) for row in rows))
            store.write_table()
            paces.append(count / (time.monotonic() - began))
            assert (Path(name) / TABLE).exists()
    return paces[0], paces[1]


async def a_report(url: str) -> str:
    found = await triage(Intake(url=url, hold_s=0), environ={})
    return saved_json(found.shown)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--targets", type=int, default=100)
    options.add_argument("--refused", type=int, default=500)
    options.add_argument("--rows", type=int, default=10_000)
    given = options.parse_args()
    with answering() as urls:
        plain_s, told = asyncio.run(plainly(urls, given.targets))
        print(
            f"plain asyncio: {plain_s * 1e3:.0f} ms a target, {right(told)}", flush=True
        )
        for workers in (1, 2):
            with tempfile.TemporaryDirectory() as name:
                each_s, pace, told = asyncio.run(
                    by_fleet(urls, given.targets, Path(name), workers)
                )
            print(
                f"{workers} worker(s): {each_s * 1e3:.0f} ms a target, "
                f"{each_s / plain_s:.2f} x plain, {pace:.1f} rows/s, {right(told)}",
                flush=True,
            )
        report = asyncio.run(a_report(urls[0]))
    pace, told_all = refused_pace(given.refused)
    print(f"refused ports, one command: {pace:.1f} rows/s, {told_all}", flush=True)
    for text in (asyncio.run(a_report("http://127.0.0.1:9/mcp")), report):
        with_it, without = asyncio.run(kept_pace(given.rows, text))
        print(
            f"kept: {with_it:.0f} rows/s with reports of {len(text) / 1e3:.0f} kB, "
            f"{without:.0f} without",
            flush=True,
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
