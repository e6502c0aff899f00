"""A vantage point's room grows and shrinks while triages are in it."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from streamtriage.fleet.resizable_semaphore import Room

pytestmark = pytest.mark.anyio


class Guests:
    """Tasks that are in the room, or wait for it, until they are sent out."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.inside: list[asyncio.Event] = []
        self.tasks: list[asyncio.Task[None]] = []

    async def come(self, count: int) -> None:
        self.tasks += [asyncio.create_task(self._stay()) for _ in range(count)]
        await settled()

    async def _stay(self) -> None:
        async with self.room:
            leave = asyncio.Event()
            self.inside.append(leave)
            try:
                await leave.wait()
            finally:
                self.inside.remove(leave)

    async def leave(self, count: int) -> None:
        for each in self.inside[:count]:
            each.set()
        await settled()


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_it_grows_for_those_who_wait() -> None:
    room = Room(1)
    guests = Guests(room)
    await guests.come(5)
    first = len(guests.inside)
    room.resize(3)
    await settled()

    assert (first, len(guests.inside)) == (1, 3)


async def test_it_shrinks_as_they_leave() -> None:
    room = Room(3)
    guests = Guests(room)
    await guests.come(6)
    room.resize(1)
    seen = []
    for _ in range(3):
        seen.append(len(guests.inside))
        await guests.leave(1)

    assert seen == [3, 2, 1]
    assert len(guests.inside) == 1


async def test_slots_that_nobody_has_go_at_once() -> None:
    room = Room(4)
    guests = Guests(room)
    room.resize(2)
    await guests.come(4)

    assert len(guests.inside) == 2


@pytest.mark.parametrize("slots", [1, 2, 5])
async def test_shrinking_and_growing_loses_no_slot(slots: int) -> None:
    room = Room(slots)
    guests = Guests(room)
    await guests.come(2)
    for size in (1, 4, 2, 0, 7, slots):
        room.resize(size)
    await guests.leave(2)
    await guests.come(9)

    assert len(guests.inside) == slots


async def test_who_gives_up_waiting_takes_no_slot_along() -> None:
    room = Room(2)
    guests = Guests(room)
    await guests.come(4)
    room.resize(1)
    for task in guests.tasks[2:]:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
    await guests.leave(2)
    room.resize(2)
    await guests.come(3)

    assert len(guests.inside) == 2
