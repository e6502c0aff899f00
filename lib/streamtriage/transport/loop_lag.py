"""How late this program itself is: what it saw late, it cannot lay to a server."""

from __future__ import annotations

import asyncio
import time
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from streamtriage.shortage import CLOCK_JUMP_S

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Lateness"]

# How often it looks; waking later than that by less is the scheduler's own grain.
EVERY_S = 0.1
_GRAIN_S = 0.02
# A day of one look each tenth of a second, of which only the late ones are kept.
_MOST = 100_000


@dataclass
class Lateness:
    """Adds up by how much this event loop woke later than it was to.

    Whatever arrives while the loop is late is seen late. Moments are those of
    `time.monotonic`. It sees neither what the kernel holds back nor another process.
    """

    _dues: list[float] = field(default_factory=list)
    _woke: list[float] = field(default_factory=list)
    _due: float = float("inf")
    wall: Callable[[], float] = time.time
    jumped_s: float | None = None
    apart_s: float | None = None

    async def follow(self) -> None:
        """Look for as long as this runs; what nobody looked at was not late."""
        try:
            while True:
                self._due = time.monotonic() + EVERY_S
                await asyncio.sleep(EVERY_S)
                self._note(time.monotonic())
                self._compare_clocks()
        finally:
            self._due = float("inf")

    def _note(self, now: float) -> None:
        if now - self._due > _GRAIN_S and len(self._woke) < _MOST:
            self._dues.append(self._due)
            self._woke.append(now)

    def _compare_clocks(self) -> None:
        """Notice that the clock was set, or that the machine slept."""
        apart_s = self.wall() - time.monotonic()
        if self.apart_s is None:
            self.apart_s = apart_s
        by_s = apart_s - self.apart_s
        if abs(by_s) > CLOCK_JUMP_S and self.jumped_s is None:
            self.jumped_s = by_s

    def between(self, start: float, end: float) -> float:
        """Return by how many seconds it was late between two moments.

        What is late right now counts.
        """
        now = time.monotonic()
        late_s = 0.0
        if now - self._due > _GRAIN_S:
            late_s = _shared_s(start, end, self._due, now)
        for index in range(bisect_right(self._woke, start), len(self._woke)):
            if self._dues[index] >= end:
                break
            late_s += _shared_s(start, end, self._dues[index], self._woke[index])
        return late_s


def _shared_s(start: float, end: float, due: float, woke: float) -> float:
    return max(min(end, woke) - max(start, due), 0.0)
