"""Sends questions to Dask, and follows what becomes of each worker that has one.

Dask places the tasks, and runs those of a worker that died again elsewhere. Here is
only counted how often, so that a target that kills workers does not kill them all.
"""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from distributed.client import FutureCancelledError
from distributed.scheduler import KilledWorker

from streamtriage.fleet.cluster import vantages
from streamtriage.fleet.task import ask
from streamtriage.languages import translate
from streamtriage.refusal import InWordsError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from distributed import Client, Future

    from streamtriage.fleet.cluster import Vantage
    from streamtriage.fleet.row import WhyUnknown
    from streamtriage.fleet.task import Answer, Question

__all__ = ["Flights", "Landed", "SchedulerLostError"]

_TOPIC = "all"
_LOOK_EVERY_S = 1.0


class SchedulerLostError(InWordsError, RuntimeError):
    """The scheduler went away and did not come back in time."""


@dataclass(frozen=True)
class Landed:
    """What became of one question: an answer, or why there is none."""

    answer: Answer | None
    why: WhyUnknown = ""
    runs: int = 1


@dataclass
class _Flight:
    vantage: str
    lost: int = 0
    why: WhyUnknown = ""
    future: Future[Any] | None = None


@dataclass
class Flights:
    """Every question that is on its way, on one cluster.

    `patience_s` is how long a vantage point may be without a worker, and how long the
    scheduler may be away, before that is an answer. `at_change` is told, once in a
    while, which vantage points there are.
    """

    client: Client
    at_once: int
    patience_s: float
    at_change: Callable[[dict[str, Vantage]], None] = lambda _: None
    _flying: dict[str, _Flight] = field(default_factory=dict)
    _absent_since: dict[str, float] = field(default_factory=dict)
    _gone: set[str] = field(default_factory=set)

    @contextlib.asynccontextmanager
    async def followed(self) -> AsyncIterator[None]:
        """Follow the workers for as long as the block runs."""
        await self._subscribe()
        watching = asyncio.create_task(self._watch())
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            for flight in list(self._flying.values()):
                await self._cancel(flight)
            with contextlib.suppress(Exception):
                await _settled(self.client.unsubscribe_topic(_TOPIC))

    async def ask(self, question: Question, vantage: Vantage) -> Landed:
        """Ask from this vantage point; raises SchedulerLostError."""
        lost = 0
        for _ in range(3):
            if vantage.label in self._gone:
                return Landed(None, "worker died" if lost else "no worker", lost + 1)
            key = f"streamtriage-{uuid.uuid4().hex}"
            flight = _Flight(vantage.label, lost)
            try:
                answer = await self._fly(key, flight, question, vantage)
            except KilledWorker:
                return Landed(None, "worker died", max(flight.lost, 2))
            except FutureCancelledError:
                if flight.why:
                    return Landed(None, flight.why, max(flight.lost, 1))
                await self._scheduler_back()
                lost = flight.lost
            else:
                return Landed(answer, runs=flight.lost + 1)
            finally:
                self._flying.pop(key, None)
        raise SchedulerLostError(translate("the scheduler went away three times"))

    async def _fly(
        self, key: str, flight: _Flight, question: Question, vantage: Vantage
    ) -> Answer:
        self._flying[key] = flight
        flight.future = self.client.submit(
            ask, question, key=key, pure=False, resources=dict(vantage.resources)
        )
        try:
            return cast("Answer", await flight.future)
        finally:
            flight.future.release()

    async def _subscribe(self) -> None:
        await _settled(self.client.subscribe_topic(_TOPIC, self._told))

    def _told(self, event: tuple[float, Any]) -> None:
        """Count the questions that a dead worker had; the second time is the last."""
        message = event[1]
        if not isinstance(message, dict) or message.get("action") != "remove-worker":
            return
        if message.get("expected"):
            return
        for key in message.get("processing-tasks", ()):
            flight = self._flying.get(key)
            if flight is None:
                continue
            flight.lost += 1
            if flight.lost >= 2:
                self._end(flight, "worker died")

    def _end(self, flight: _Flight, why: WhyUnknown) -> None:
        flight.why = why
        ending = asyncio.ensure_future(self._cancel(flight))
        _endings.add(ending)
        ending.add_done_callback(_endings.discard)

    async def _cancel(self, flight: _Flight) -> None:
        if flight.future is not None and not flight.future.done():
            with contextlib.suppress(Exception):
                await _settled(self.client.cancel([flight.future]))

    async def _watch(self) -> None:
        """Notice a vantage point that has had no worker for too long."""
        while True:
            await asyncio.sleep(_LOOK_EVERY_S)
            if self.client.status != "running":
                self._absent_since.clear()
                continue
            try:
                present = await vantages(self.client, self.at_once)
            except (OSError, RuntimeError, AttributeError):
                continue  # the scheduler is on its way out; the futures will tell
            self._note(set(present))
            self.at_change(present)

    def _note(self, present: set[str]) -> None:
        now = asyncio.get_running_loop().time()
        for label in present:
            self._absent_since.pop(label, None)
            self._gone.discard(label)
        for flight in list(self._flying.values()):
            label = flight.vantage
            if label in present or flight.why:
                continue
            since = self._absent_since.setdefault(label, now)
            if now - since >= self.patience_s:
                self._gone.add(label)
                self._end(flight, "worker died" if flight.lost else "no worker")

    async def _scheduler_back(self) -> None:
        """Wait until the client has found the scheduler again."""
        until = asyncio.get_running_loop().time() + self.patience_s
        while self.client.status != "running":
            late = asyncio.get_running_loop().time() >= until
            if late or self.client.status in ("closing", "closed"):
                raise SchedulerLostError(translate("the scheduler did not come back"))
            await asyncio.sleep(0.1)
        # A scheduler that was started again knows nothing of who listens.
        await self._subscribe()


_endings: set[asyncio.Future[None]] = set()


async def _settled(result: object) -> None:
    """Await what an asynchronous client returns, where it returns something."""
    if asyncio.iscoroutine(result) or isinstance(result, asyncio.Future):
        await result
