"""Keeps rows as they come: while one batch is written, the next one gathers."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, TypeAlias

from streamtriage.fleet.journal import DiskError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.fleet.journal import Store
    from streamtriage.fleet.row import Row

    _Given: TypeAlias = tuple[Row, str, asyncio.Future[None]]

__all__ = ["BATCH", "Keeper"]

# A batch is held in memory with its reports, of which some have a megabyte.
BATCH = 500


class Keeper:
    """Writes into a store beside the event loop, and the table once in a while.

    A row is kept when `keep` returns, with all that came together: a sync for each
    would allow a hundred rows a second, and the loop would wait for every one.
    """

    def __init__(self, store: Store, table_every_s: float = 30.0) -> None:
        self._store = store
        self._table_every_s = table_every_s
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
            batch = self._gathered[:BATCH]
            del self._gathered[:BATCH]
            await self._keep(batch)
            await self._write_table()

    async def _keep(self, batch: Sequence[_Given]) -> None:
        """Keep a batch, or of it what there is room for, and tell those who wait."""
        rows = [(row, report) for row, report, _ in batch]
        try:
            await asyncio.to_thread(self._store.keep_all, rows)
        except DiskError as problem:
            if len(batch) == 1:
                _tell(batch, problem)
                return
            for each in batch:
                await self._keep([each])
        except Exception as problem:  # noqa: BLE001 - else they would wait for ever
            _tell(batch, problem)
        else:
            _tell(batch)

    async def _write_table(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._table_at >= self._table_every_s:
            self._table_at = now
            # The rows are in the journal. What is wrong with the table, the run says
            # at its end, when it is written for good.
            with contextlib.suppress(Exception):
                await asyncio.to_thread(self._store.write_table)


def _tell(batch: Sequence[_Given], failed: Exception | None = None) -> None:
    """Tell those who wait; who was stopped meanwhile does not."""
    for *_, kept in batch:
        if kept.done():
            continue
        if failed is None:
            kept.set_result(None)
        else:
            kept.set_exception(failed)
