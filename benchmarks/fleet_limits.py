# ruff: noqa: D103, INP001, T201 - a script that prints, run by hand
"""Where a fleet would break on the way to a million targets: empty tasks, made rows.

Run: python benchmarks/fleet_limits.py [--rows 100000] [--tasks 2000]

Nothing is asked of any server: what is measured is the scheduler with tasks that do
nothing, and the journal, the table and the memory with rows that are made up.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

import psutil
from fleet_pace import a_report, answering, made_row, spent_s

from streamtriage.fleet.cluster import HERE, embedded, here, resource_of
from streamtriage.fleet.journal import JOURNAL, TABLE, Store, read_rows
from streamtriage.fleet.keeper import BATCH


def memory_mb() -> float:
    return float(psutil.Process().memory_info().rss) / 1e6


async def nothing(number: int, answer: str) -> str:
    del number
    return answer


async def empty_tasks(count: int, width: int, answer: str = "") -> None:
    """Run tasks that do nothing but answer, so many on their way at once."""
    async with embedded(here(count, 2), at_once=16) as client:
        given = {resource_of(HERE): 1}
        await client.submit(nothing, -1, answer, resources=given, pure=False)
        me = psutil.Process()
        theirs = me.children(recursive=True)
        before = spent_s([me]), spent_s(theirs), memory_mb(), time.monotonic()
        room = asyncio.Semaphore(width)

        async def one(number: int) -> None:
            async with room:
                future = client.submit(
                    nothing, number, answer, resources=given, pure=False
                )
                await future
                future.release()

        await asyncio.gather(*(one(number) for number in range(count)))
        took_s = time.monotonic() - before[3]
        client_ms = (spent_s([me]) - before[0]) / count * 1e3
        worker_ms = (spent_s(theirs) - before[1]) / count * 1e3
        print(
            f"| {count} empty tasks, {width} on their way, answers of "
            f"{len(answer) / 1e3:.0f} kB | {count / took_s:.0f} a second, "
            f"{client_ms:.1f} ms client and scheduler, {worker_ms:.1f} ms worker, "
            f"{memory_mb() - before[2]:.0f} MB more |",
            flush=True,
        )


async def waiting_tasks(count: int) -> None:
    """Show what a job costs while it waits for its turn."""
    before, room = memory_mb(), asyncio.Semaphore(0)

    async def one(row: object) -> None:
        async with room:
            del row

    began = time.monotonic()
    tasks = [asyncio.create_task(one(made_row(n))) for n in range(count)]
    await asyncio.sleep(0)
    each_kb = (memory_mb() - before) / count * 1e3
    took_s = time.monotonic() - began
    print(
        f"| {count} jobs that wait | {each_kb:.1f} kB each, begun in {took_s:.1f} s |"
    )
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def made_rows(count: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder, before = Path(name), memory_mb()
        with Store(folder) as store:
            began, cpu = time.monotonic(), time.process_time()
            for first in range(0, count, BATCH):
                last = min(first + BATCH, count)
                store.keep_all([(made_row(n), "") for n in range(first, last)])
            took_s, cpu_s = time.monotonic() - began, time.process_time() - cpu
            held = (memory_mb() - before) / count * 1e3
            journal = (folder / JOURNAL).stat().st_size
            print(
                f"| {count} rows kept, {BATCH} a batch | {count / took_s:.0f} a "
                f"second, {cpu_s / count * 1e6:.0f} us each; journal "
                f"{journal / count:.0f} bytes a row, memory {held:.1f} kB a row |"
            )
            began = time.process_time()
            store.write_table()
            whole_s = time.process_time() - began
            store.keep(made_row(count))
            began = time.process_time()
            store.write_table()
            once_s = time.process_time() - began
            size = sum(each.stat().st_size for each in (folder / TABLE).iterdir())
            print(
                f"| table of {count} rows | {whole_s:.2f} s all of it, {once_s:.2f} s "
                f"after one more row; {size / count:.0f} bytes a row |"
            )
        began = time.process_time()
        found = read_rows(folder)
        took_s = time.process_time() - began
        print(f"| {len(found)} rows read back | {took_s:.1f} s |", flush=True)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--tasks", type=int, default=2_000)
    given = options.parse_args()
    print("| what | figure |\n|---|---|")
    with answering(1) as (url,):
        report = asyncio.run(a_report(url))
    asyncio.run(empty_tasks(given.tasks, 32))
    asyncio.run(empty_tasks(given.tasks, 32, report))
    asyncio.run(empty_tasks(given.tasks * 5, given.tasks * 5))
    for count in (given.rows // 10, given.rows):
        made_rows(count)
    asyncio.run(waiting_tasks(given.rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
