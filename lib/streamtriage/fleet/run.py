"""One run: every target from every vantage point, each to exactly one row on disk."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from streamtriage.fleet.cluster import check_labels, vantages
from streamtriage.fleet.keeper import Keeper
from streamtriage.fleet.resizable_semaphore import Room
from streamtriage.fleet.row import Row, unanswered
from streamtriage.fleet.submit import Flights, Landed, SchedulerLostError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from distributed import Client

    from streamtriage.fleet.cluster import Vantage
    from streamtriage.fleet.journal import Store
    from streamtriage.fleet.row import WhyUnknown
    from streamtriage.fleet.targets import FleetTarget

__all__ = ["FleetProgress", "Limits", "SchedulerLostError", "run_fleet"]

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

    What comes while a batch is written is the next batch: a client that is killed
    loses no more than those two. `chosen` are vantage points, all that there are by
    default. Raises ClusterError for one that has no worker, SchedulerLostError, and
    `store.DiskError`; what was kept until then is whole, and the same call goes on
    from there.
    """
    bounds = limits or Limits()
    places = _places(await vantages(client, bounds.at_once), chosen)
    keeper = Keeper(store)
    flights = Flights(client, bounds.at_once, bounds.patience_s)
    run = _Run(flights, store, keeper, bounds)
    run.tell = tell or run.tell
    try:
        await run.all(_jobs(targets, places, bounds))
    finally:
        await keeper.settled()
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
    keeper: Keeper
    limits: Limits
    tell: Callable[[FleetProgress], None] = lambda _: None
    _total: int = 0
    _asking: int = 0
    _until: dict[str, float] = field(default_factory=dict)
    _rooms: dict[str, Room] = field(default_factory=dict)
    _hosts: dict[str, asyncio.Semaphore] = field(default_factory=dict)

    async def all(self, jobs: Sequence[_Job]) -> None:
        self._total = len(jobs)
        wanted = {job.key for job in jobs}
        # Rows of targets that are asked no more would make the table lie.
        self.store.rows = {k: r for k, r in self.store.rows.items() if k in wanted}
        left = [job for job in jobs if not self._done(job)]
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
                    await self._keep(_held(job, left_s))
                    return
                if left_s > 0:
                    self._say()
                    await asyncio.sleep(left_s)
                    continue
                landed = await self._ask(job)
                if landed is not None:
                    await self._keep(*_concluded(job, landed))
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
                        "vantage": job.vantage.label,
                        "digest": job.digest,
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

    async def _keep(self, row: Row, report: str = "") -> None:
        await self.keeper.keep(row, report)
        self._say()

    def _say(self) -> None:
        now = asyncio.get_running_loop().time()
        # It is said at every row, so what is over must not be walked again.
        self._until = {h: until for h, until in self._until.items() if until > now}
        done, waiting = len(self.store.rows), tuple(self._until)
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


def _concluded(job: _Job, landed: Landed) -> tuple[Row, str]:
    """Return the row of a job, and the text of its report; "" for none."""
    answer = landed.answer
    where = job.target, job.vantage.label, job.digest
    if answer is None:
        said = _SAID.get(landed.why, landed.why)
        return unanswered(*where, landed.why, said, runs=landed.runs), ""
    if "row" not in answer:
        worker = answer["worker"]
        why, said = answer.get("why", "crashed"), answer.get("summary", "")
        return unanswered(*where, why, said, runs=landed.runs, worker=worker), ""
    # What the row is about is what was asked here, whatever the worker says.
    known = {"name": job.target.name, "vantage": job.vantage.label}
    known |= {"digest": job.digest, "report": ""}
    row = Row.model_validate_json(answer["row"])
    return row.model_copy(update={**known, "runs": landed.runs}), answer["report"]
