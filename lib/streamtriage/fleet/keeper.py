"""Keeps rows as they come: while one batch is written, the next one gathers."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeAlias

from streamtriage.fleet.store import DiskError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.fleet.rows import Row
    from streamtriage.fleet.store import Store

    _Given: TypeAlias = tuple[Row, str, asyncio.Future[None]]

__all__ = ["Keeper"]

# A batch is held in memory with its reports, of which some have a megabyte.
_MOST = 500
_TABLE_EVERY_S = 30.0


class Keeper:
    """Writes into a store beside the event loop, and the table once in a while.

    A row is kept when `keep` returns, with all that came together: a sync for each
    would allow a hundred rows a second, and the loop would wait for every one.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._gathered: list[_Given] = []
        self._writing: asyncio.Task[None] | None = None
        self._table_at = asyncio.get_running_loop().time()

    async def keep(self, row: Row, report: str = "") -> None:
        """Return when the row and its report's text are kept; raises DiskError."""
        kept = asyncio.get_running_loop().create_future()
        self._gathered.append((row, report, kept))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await kept

    async def settled(self) -> None:
        """Return when all that was given is written, or cannot be."""
        while self._writing is not None and not self._writing.done():
            # Whoever stops the run waits for the batch too: it is in a thread.
            await asyncio.wait({self._writing})

    async def _write(self) -> None:
        while self._gathered:
            batch = self._gathered[:_MOST]
            del self._gathered[:_MOST]
            try:
                await self._keep(batch)
                await self._write_table()
            except DiskError as problem:
                if len(batch) > 1:
                    await self._one_by_one(batch)
                else:
                    _tell(batch, problem)
            else:
                _tell(batch)

    async def _one_by_one(self, batch: Sequence[_Given]) -> None:
        """Keep of a batch what there is room for, though there is not for all."""
        for each in batch:
            try:
                await self._keep([each])
            except DiskError as problem:
                _tell([each], problem)
            else:
                _tell([each])

    async def _keep(self, batch: Sequence[_Given]) -> None:
        rows = [(row, report) for row, report, _ in batch]
        await asyncio.to_thread(self._store.keep_all, rows)

    async def _write_table(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._table_at > _TABLE_EVERY_S:
            self._table_at = now
            await asyncio.to_thread(self._store.write_table)


def _tell(batch: Sequence[_Given], failed: DiskError | None = None) -> None:
    """Tell those who wait; who was stopped meanwhile does not."""
    for *_, kept in batch:
        if kept.done():
            continue
        if failed is None:
            kept.set_result(None)
        else:
            kept.set_exception(failed)
