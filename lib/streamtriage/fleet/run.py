"""One run: every target from every vantage point, each to exactly one row on disk."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from streamtriage.fleet.flights import Flights, Landed, SchedulerLostError
from streamtriage.fleet.places import check_labels, vantages
from streamtriage.fleet.rooms import Room
from streamtriage.fleet.rows import row_of, unanswered
from streamtriage.letting_in import read_checked
from streamtriage.model import Report

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from distributed import Client

    from streamtriage.fleet.places import Vantage
    from streamtriage.fleet.rows import Row, WhyUnknown
    from streamtriage.fleet.store import Store
    from streamtriage.fleet.targets import FleetTarget

__all__ = ["FleetProgress", "Limits", "SchedulerLostError", "run_fleet"]

_TABLE_EVERY_S = 30.0
_SAID: dict[WhyUnknown, str] = {
    "worker died": "The worker died while this target was asked, and again when it was "
    "asked once more, or there was no other worker here. This says nothing about the "
    "server.",
    "no worker": "No worker of this vantage point was there any more.",
}


@dataclass(frozen=True)
class Limits:
    """What one run may do at once, and how long it waits.

    `at_once` is for one worker process, `per_host` for one host and port from all
    vantage points together. A host that wants to be left alone for longer than
    `longest_wait_s` is not waited for. `patience_s` is for a lost worker or scheduler.
    """

    hold_s: float = 130.0
    at_once: int = 16
    per_host: int = 4
    patience_s: float = 30.0
    longest_wait_s: float = 300.0


@dataclass(frozen=True)
class FleetProgress:
    """How far a run is; `waiting` are hosts that want to be left alone."""

    done: int
    total: int
    asking: int = 0
    waiting: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Job:
    target: FleetTarget
    vantage: Vantage
    digest: str

    @property
    def key(self) -> tuple[str, str]:
        return self.target.name, self.vantage.label


async def run_fleet(  # noqa: PLR0913 - what the command and the notebook set
    client: Client,
    targets: Sequence[FleetTarget],
    store: Store,
    *,
    chosen: Sequence[str] = (),
    limits: Limits | None = None,
    tell: Callable[[FleetProgress], None] | None = None,
) -> None:
    """Ask every target that has no row yet; rows are on disk as they come.

    `chosen` are vantage points, all that there are by default. Raises ClusterError
    for one that has no worker, SchedulerLostError, and `store.DiskError`; what was
    kept until then is whole, and the same call goes on from there.
    """
    bounds = limits or Limits()
    places = _places(await vantages(client, bounds.at_once), chosen)
    run = _Run(Flights(client, bounds.at_once, bounds.patience_s), store, bounds)
    run.tell = tell or run.tell
    try:
        await run.all(_jobs(targets, places, bounds))
    finally:
        store.write_table()


def _places(present: dict[str, Vantage], chosen: Sequence[str]) -> tuple[Vantage, ...]:
    check_labels(chosen, present)
    return tuple(present[label] for label in chosen or sorted(present))


def _jobs(
    targets: Sequence[FleetTarget], places: Sequence[Vantage], limits: Limits
) -> list[_Job]:
    return [
        _Job(target, place, target.digest(limits.hold_s))
        for target in targets
        for place in places
        if not target.vantages or place.label in target.vantages
    ]


@dataclass
class _Run:
    flights: Flights
    store: Store
    limits: Limits
    tell: Callable[[FleetProgress], None] = lambda _: None
    _total: int = 0
    _asking: int = 0
    _until: dict[str, float] = field(default_factory=dict)
    _rooms: dict[str, Room] = field(default_factory=dict)
    _hosts: dict[str, asyncio.Semaphore] = field(default_factory=dict)
    _table_at: float = 0.0

    async def all(self, jobs: Sequence[_Job]) -> None:
        self._total = len(jobs)
        wanted = {job.key for job in jobs}
        # Rows of targets that are asked no more would make the table lie.
        self.store.rows = {k: r for k, r in self.store.rows.items() if k in wanted}
        left = [job for job in jobs if not self._done(job)]
        self._table_at = asyncio.get_running_loop().time()
        for job in left:
            room = Room(job.vantage.slots)
            self._rooms.setdefault(job.vantage.label, room)
            own = asyncio.Semaphore(self.limits.per_host)
            self._hosts.setdefault(job.target.authority, own)
        self._say()
        self.flights.at_change = self._resize
        async with self.flights.followed():
            tasks = [asyncio.create_task(self._one(job)) for job in left]
            try:
                await _first_failure(tasks)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    def _resize(self, present: dict[str, Vantage]) -> None:
        """Follow the workers that come and go; where none is left, `Flights` tells."""
        for label, room in self._rooms.items():
            if label in present:
                room.resize(present[label].slots)

    def _done(self, job: _Job) -> bool:
        row = self.store.rows.get(job.key)
        same = row is not None and row.digest == job.digest
        return same and row is not None and not row.worth_asking_again

    async def _one(self, job: _Job) -> None:
        host = job.target.authority
        async with self._hosts[host]:
            while True:
                left_s = self._left_alone_s(host)
                if left_s > self.limits.longest_wait_s:
                    self._keep(_held(job, left_s))
                    return
                if left_s > 0:
                    self._say()
                    await asyncio.sleep(left_s)
                    continue
                landed = await self._ask(job)
                if landed is not None:
                    self._keep(*_concluded(job, landed))
                    return

    async def _ask(self, job: _Job) -> Landed | None:
        """Ask once there is room; None if the host wants to be left alone."""
        host = job.target.authority
        async with self._rooms[job.vantage.label]:
            if self._left_alone_s(host) > 0:
                return None
            self._asking += 1
            self._say()
            try:
                landed = await self.flights.ask(
                    {
                        "target": job.target.as_json(),
                        "authority": host,
                        "hold_s": self.limits.hold_s,
                        "at_once": self.limits.at_once,
                    },
                    job.vantage,
                )
            finally:
                self._asking -= 1
        wait_s = landed.answer.get("leave_alone_s") if landed.answer else None
        if wait_s is not None:
            until = asyncio.get_running_loop().time() + wait_s
            self._until[host] = max(until, self._until.get(host, 0.0))
        held = landed.answer is not None and landed.answer.get("held")
        return None if held else landed

    def _left_alone_s(self, host: str) -> float:
        return self._until.get(host, 0.0) - asyncio.get_running_loop().time()

    def _keep(self, row: Row, report: Report | None = None) -> None:
        self.store.keep(row, report)
        now = asyncio.get_running_loop().time()
        if now - self._table_at > _TABLE_EVERY_S:
            self._table_at = now
            self.store.write_table()
        self._say()

    def _say(self) -> None:
        waiting = tuple(h for h in self._until if self._left_alone_s(h) > 0)
        done = len(self.store.rows)
        self.tell(FleetProgress(done, self._total, self._asking, waiting))


async def _first_failure(tasks: Sequence[asyncio.Task[None]]) -> None:
    """Wait for all; raise what the first of them failed with, at once."""
    if not tasks:
        return
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
    for task in done:
        with contextlib.suppress(asyncio.CancelledError):
            task.result()


def _held(job: _Job, left_s: float) -> Row:
    said = (
        f"{job.target.authority} wants no requests for another {left_s:.0f} s (429 or "
        "503 with Retry-After), so it was left alone. Run again later with --resume."
    )
    return unanswered(job.target, job.vantage.label, job.digest, "held back", said)


def _concluded(job: _Job, landed: Landed) -> tuple[Row, Report | None]:
    answer = landed.answer
    where = job.target, job.vantage.label, job.digest
    if answer is None:
        said = _SAID.get(landed.why, landed.why)
        return unanswered(*where, landed.why, said, runs=landed.runs), None
    worker = answer["worker"]
    if "report" not in answer:
        why, said = answer.get("why", "crashed"), answer.get("summary", "")
        return unanswered(*where, why, said, runs=landed.runs, worker=worker), None
    report = read_checked(Report, answer["report"])
    return row_of(*where, report, runs=landed.runs, worker=worker), report
