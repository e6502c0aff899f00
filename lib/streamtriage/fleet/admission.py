"""Lets triages begin one by one, and none while those that run make the worker late."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from streamtriage.transport.loop_lag import Lateness

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["Door"]

# A triage costs most when it begins. What one of them does to the others shows by then,
# or by its end, where that comes before: a port that refuses is judged in a moment.
_APART_S = 0.2
# A loop that is late for more of the time than this has enough to do.
_MOST_LATE = 0.25
# Whoever else makes this machine slow, the run goes on.
_PATIENCE_S = 30.0


class Door:
    """At most `at_once` inside, and fewer on a worker that is too busy for them.

    A worker that answers late takes its own slowness for a server's.
    """

    def __init__(self, at_once: int) -> None:
        self._room = asyncio.Semaphore(at_once)
        self._turn = asyncio.Lock()
        self._lateness = Lateness()
        self._following: asyncio.Task[None] | None = None
        self._newest = asyncio.Event()
        self.inside = 0

    @contextlib.asynccontextmanager
    async def passed(self) -> AsyncIterator[None]:
        """Wait for room and for calm, and be inside for as long as the block runs."""
        async with self._room:
            await self._wait_for_calm()
            self.inside += 1
            ended = self._newest = asyncio.Event()
            try:
                yield
            finally:
                ended.set()
                self.inside -= 1
                self._rest()

    async def _wait_for_calm(self) -> None:
        async with self._turn:
            if self._following is None:
                self._following = asyncio.create_task(self._lateness.follow())
            until = time.monotonic() + _PATIENCE_S
            # Alone, nobody waits: nothing of ours could become calmer by that.
            while self.inside and time.monotonic() < until:
                newest = self._newest
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(newest.wait(), _APART_S)
                now = time.monotonic()
                late_s = self._lateness.between(now - _APART_S, now)
                if late_s <= _MOST_LATE * _APART_S:
                    return
                if newest.is_set():
                    # It has told what it could; now only time tells more.
                    self._newest = asyncio.Event()

    def _rest(self) -> None:
        """Stop looking where nobody is inside: an idle worker does nothing."""
        if self._following is not None and not self.inside:
            self._following.cancel()
            self._following = None
