"""A worker that is busy with the triages it has begins no others."""

from __future__ import annotations

import asyncio
import time

from streamtriage.fleet.admission import Door


async def most_inside(count: int, *, busy: bool) -> int:
    """Let that many through, each for a moment; return how many met inside."""
    door, most = Door(8), 0

    async def one() -> None:
        nonlocal most
        async with door.passed():
            most = max(most, door.inside)
            until = time.monotonic() + 1.5
            while time.monotonic() < until:
                if busy:
                    time.sleep(0.3)  # noqa: ASYNC251 - this is the fault
                await asyncio.sleep(0.02)

    await asyncio.gather(*(one() for _ in range(count)))
    return most


def test_a_calm_worker_takes_what_it_may() -> None:
    assert asyncio.run(most_inside(4, busy=False)) >= 3


def test_a_late_worker_takes_one_after_the_other() -> None:
    assert asyncio.run(most_inside(3, busy=True)) == 1


def test_what_ends_at_once_makes_room_at_once() -> None:
    """Ports that refuse: the next one begins when the one before has ended."""

    async def hundred() -> float:
        door, began = Door(8), time.monotonic()

        async def one() -> None:
            async with door.passed():
                await asyncio.sleep(0.001)

        async def watch() -> None:
            async with door.passed():
                await asyncio.sleep(5)

        watching = asyncio.create_task(watch())
        await asyncio.gather(*(one() for _ in range(100)))
        took = time.monotonic() - began
        watching.cancel()
        return took

    # One each 0.2 s would be 20 s; the one that watches is waited for once.
    assert asyncio.run(hundred()) < 10
