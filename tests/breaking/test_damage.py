"""A fleet's folder that something has damaged, region by region, and taken up again."""

from __future__ import annotations

import random
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from pyarrow import parquet

from fleet.test_store import row
from streamtriage.fleet.journal import JOURNAL, TABLE, Store, read_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.real(part="breaking")

NAMES = [f"s{number}" for number in range(8)]


def kept(folder: Path) -> Path:
    """Write a run of eight rows, with its table."""
    with Store(folder) as store:
        for name in NAMES:
            store.keep(row(name))
        store.write_table()
    return folder


def regions(size: int, count: int = 12) -> list[tuple[int, int]]:
    """Return places that cover a file from its first byte to its last."""
    step = max(1, size // count)
    return [(at, min(size, at + max(1, step // 3))) for at in range(0, size, step)]


# The same noise each time, carriage returns among it.
NOISE = random.Random(4711)
DAMAGE: dict[str, Callable[[bytes, int, int], bytes]] = {
    "zeros": lambda data, a, b: data[:a] + b"\0" * (b - a) + data[b:],
    "noise": lambda data, a, b: data[:a] + NOISE.randbytes(b - a) + data[b:],
    "gone": lambda data, a, b: data[:a] + data[b:],
    "cut off": lambda data, a, _b: data[:a],
    "twice": lambda data, a, b: data[:b] + data[a:b] + data[b:],
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_journal_that_is_damaged_costs_only_what_is_damaged(
    damage: str, tmp_path: Path
) -> None:
    """Whatever region it is: no crash, whole rows stay, and the run goes on."""
    whole = (kept(tmp_path / "run") / JOURNAL).read_bytes()
    for number, (start, end) in enumerate(regions(len(whole))):
        folder = kept(tmp_path / f"run-{number}")
        hurt = DAMAGE[damage](whole, start, end)
        (folder / JOURNAL).write_bytes(hurt)
        intact = {
            name
            for name, line in zip(NAMES, whole.splitlines(), strict=True)
            if line in hurt.split(b"\n")
        }
        with Store(folder) as store:
            there = {key[0] for key in store.rows}
            store.keep(row("new"))
            store.write_table()
        names = {each.name for each in read_rows(folder)}

        # A last line without its end may be half of one, and is asked again.
        last = hurt.split(b"\n")[-1:]
        half = {
            n
            for n, line in zip(NAMES, whole.splitlines(), strict=True)
            if [line] == last
        }
        assert there >= intact - half, (start, end)
        assert names >= (intact - half) | {"new"}
        assert set(parquet.read_table(folder / TABLE)["name"].to_pylist()) == names


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_table_that_is_damaged_is_made_anew(damage: str, tmp_path: Path) -> None:
    """Nothing is read from its parts: the journal is the truth."""
    (part,) = (kept(tmp_path / "run") / TABLE).iterdir()
    whole = part.read_bytes()
    for number, (start, end) in enumerate(regions(len(whole))):
        folder = kept(tmp_path / f"run-{number}")
        (folder / TABLE / part.name).write_bytes(DAMAGE[damage](whole, start, end))
        with Store(folder) as store:
            store.write_table()

        assert parquet.read_table(folder / TABLE)["name"].to_pylist() == NAMES


@pytest.mark.timeout(120)
def test_a_damaged_run_is_taken_up_by_the_command(tmp_path: Path) -> None:
    folder = kept(tmp_path / "run")
    data = (folder / JOURNAL).read_bytes()
    (folder / JOURNAL).write_bytes(data[: len(data) // 2] + b"\xff\0{")
    (tmp_path / "list.csv").write_text("name,url,hold_s\ndown,http://127.0.0.1:9/,0\n")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "streamtriage", "fleet", "list.csv"),
            *("--out", "run", "--resume", "--hold", "0"),
        ],
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
        cwd=tmp_path,
    )

    assert done.returncode in (1, 3), done.stderr
    assert "Traceback" not in done.stderr
    assert "down" in {each.name for each in read_rows(folder)}
