"""How many triages a vantage point may have open, which its workers decide."""

from __future__ import annotations

import asyncio
from typing import Self

__all__ = ["Room"]


class Room:
    """A semaphore whose size may change while it is held.

    When it shrinks, those inside stay, and the next ones wait for longer.
    """

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self._free = asyncio.Semaphore(slots)
        self._owed = 0

    def resize(self, slots: int) -> None:
        """Let as many in as there are slots now; at least one."""
        slots = max(slots, 1)
        more, self.slots = slots - self.slots, slots
        for _ in range(more):
            self._give_back()
        self._owed += max(-more, 0)

    async def __aenter__(self) -> Self:
        """Wait for a slot; those that no longer exist are passed over."""
        await self._free.acquire()
        while self._owed:
            self._owed -= 1
            await self._free.acquire()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._give_back()

    def _give_back(self) -> None:
        if self._owed:
            self._owed -= 1
        else:
            self._free.release()
