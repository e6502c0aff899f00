"""Rows that come together are kept together, and one that cannot be is told so."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from pyarrow import parquet

from fleet.cluster import BARE
from fleet.test_store import row
from streamtriage.fleet.journal import (
    JOURNAL,
    TABLE,
    DiskError,
    Store,
    file_name,
    read_rows,
)
from streamtriage.fleet.keeper import BATCH, Keeper

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from streamtriage.fleet.row import Row


pytestmark = pytest.mark.anyio


class Counting(Store):
    """A real store that also says how many rows each batch had."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.batches: list[int] = []

    def keep_all(self, finished: Sequence[tuple[Row, str]]) -> None:
        self.batches.append(len(finished))
        super().keep_all(finished)


async def test_what_comes_while_a_batch_is_written_is_the_next_one(
    tmp_path: Path,
) -> None:
    with Counting(tmp_path) as store:
        keeper = Keeper(store)
        await asyncio.gather(*(keeper.keep(row(f"n{n}"), "{}") for n in range(2000)))

    assert sum(store.batches) == 2000
    assert len(store.batches) <= 10
    assert len(read_rows(tmp_path)) == 2000


async def test_who_is_told_finds_it_on_disk(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        keeper = Keeper(store)
        for name in "abc":
            await keeper.keep(row(name), "{}")
            last = read_rows(tmp_path)[-1]

            assert last.name == name
            assert (tmp_path / last.report).read_text() == "{}"


async def test_who_stops_waiting_loses_no_row(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        keeper = Keeper(store)
        waiting = asyncio.create_task(keeper.keep(row("x")))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await keeper.settled()

    assert [each.name for each in read_rows(tmp_path)] == ["x"]


async def test_of_a_batch_as_many_are_kept_as_there_is_room_for(tmp_path: Path) -> None:
    """One report cannot be written: its file name is taken by a folder."""
    with Store(tmp_path) as store:
        (tmp_path / "reports" / file_name(row("b"))).mkdir()
        keeper = Keeper(store)
        told = await asyncio.gather(
            *(keeper.keep(row(name), "{}") for name in "abc"), return_exceptions=True
        )

    assert [type(each) for each in told] == [type(None), DiskError, type(None)]
    assert {each.name for each in read_rows(tmp_path)} == {"a", "c"}


async def test_rows_are_kept_once_though_the_table_cannot_be_written(
    tmp_path: Path,
) -> None:
    """A part of the table cannot be put in place: its name is taken by a folder."""
    taken = tmp_path / TABLE / "part-00000.parquet"
    (taken / "in the way").mkdir(parents=True)
    with Counting(tmp_path) as store:
        keeper = Keeper(store, table_every_s=0)
        told = await asyncio.gather(
            *(keeper.keep(row(name), "{}") for name in "abc"), return_exceptions=True
        )
        await keeper.settled()

        assert told == [None] * 3
        assert store.batches == [3]
        assert len((tmp_path / JOURNAL).read_bytes().splitlines()) == 3
        # The end of a run writes it again, and says what is wrong.
        with pytest.raises(DiskError):
            store.write_table()


async def test_the_table_is_written_once_in_a_while(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        keeper = Keeper(store, table_every_s=0)
        await keeper.keep(row("a"))
        await keeper.settled()

    assert parquet.read_table(tmp_path / TABLE).num_rows == 1


async def test_whatever_goes_wrong_everybody_is_told(tmp_path: Path) -> None:
    """A store that is closed says so by no DiskError; there is more than a batch."""
    with Store(tmp_path) as store:
        keeper = Keeper(store)
    async with asyncio.timeout(30):
        told = await asyncio.gather(
            *(keeper.keep(row(f"n{n}")) for n in range(BATCH + 1)),
            return_exceptions=True,
        )

    assert [type(each) for each in told] == [AssertionError] * (BATCH + 1)


KILLED = """
import asyncio, sys
from pathlib import Path
sys.path[:0] = {path!r}
from fleet.test_store import row
from streamtriage.fleet.keeper import Keeper
from streamtriage.fleet.journal import Store

async def main():
    with Store(Path({folder!r})) as store:
        keeper = Keeper(store)
        async def one(number):
            await keeper.keep(row(f"n{{number}}"), "x" * 3000)
            print(number, flush=True)
        for first in range(0, 10**6, 50):
            await asyncio.gather(*(one(first + n) for n in range(50)))

asyncio.run(main())
"""


@pytest.mark.parametrize("after", [1, 120, 600])
def test_a_client_that_is_killed_loses_nothing_that_it_told(
    tmp_path: Path, after: int
) -> None:
    """At most what was being written is gone; each row that is there is whole."""
    script = KILLED.format(path=sys.path, folder=str(tmp_path))
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, env=BARE, text=True
    ) as client:
        assert client.stdout is not None
        told = [client.stdout.readline() for _ in range(after)]
        client.send_signal(signal.SIGKILL)
        told += client.stdout.readlines()
    with Store(tmp_path) as store:
        assert store.forget_torn() == 0
        kept = {name for name, _ in store.rows}

    # The last line may be half a number.
    assert {f"n{line.strip()}" for line in told if line.endswith("\n")} <= kept
