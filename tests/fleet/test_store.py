"""The run's folder: whole rows only, whatever stops the run."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from fleet.reports import report
from streamtriage.fleet.journal import (
    JOURNAL,
    PART_ROWS,
    TABLE,
    DiskError,
    Store,
    file_name,
    read_report,
    read_rows,
)
from streamtriage.fleet.row import Row, row_of
from streamtriage.fleet.targets import FleetTarget

if TYPE_CHECKING:
    from pathlib import Path


def row(name: str = "x", vantage: str = "here", **more: Any) -> Row:
    given: dict[str, Any] = {
        "url": "https://h/mcp",
        "digest": "d",
        "outcome": "healthy",
        "summary": "Fine.",
        "taken_at": datetime(2026, 11, 23, tzinfo=UTC),
    }
    return Row(name=name, vantage=vantage, **(given | more))


def test_a_row_and_its_report_are_read_again(tmp_path: Path) -> None:
    found = report()
    target = FleetTarget(url="https://h/mcp", name="x")
    made = row_of(target, "here", "d", found)
    with Store(tmp_path) as store:
        store.keep(made, found)
        store.write_table()
    (read,) = read_rows(tmp_path)

    (file,) = (tmp_path / "reports").iterdir()
    kept = {"report": f"reports/{file.name}", "report_bytes": file.stat().st_size}
    assert read == made.model_copy(update=kept)
    assert read_report(tmp_path, read) == found


def test_the_last_row_of_a_target_counts(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.keep(row(summary="first"))
        store.keep(row("y"))
        store.keep(row(summary="second", causes=("a", "b"), answer_s=0.5))
        store.write_table()
    table = parquet.read_table(tmp_path / TABLE).to_pylist()

    assert [each["summary"] for each in table] == ["second", "Fine."]
    assert table[0]["causes"] == ["a", "b"]
    assert table[0]["answer_s"] == 0.5
    assert table[1]["answer_s"] is None
    assert [each.summary for each in read_rows(tmp_path)] == ["second", "Fine."]


def test_an_empty_table_has_its_columns(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.write_table()

    assert set(parquet.read_table(tmp_path / TABLE).column_names) == set(
        Row.model_fields
    )


@pytest.mark.parametrize("cut", [1, 20, 200])
def test_half_a_line_is_dropped_and_written_over(tmp_path: Path, cut: int) -> None:
    with Store(tmp_path) as store:
        store.keep(row("x"))
        store.keep(row("y"))
    journal = tmp_path / JOURNAL
    journal.write_bytes(journal.read_bytes()[:-cut])
    with Store(tmp_path) as store:
        assert [name for name, _ in store.rows] == ["x"]
        store.keep(row("z"))

    assert [each.name for each in read_rows(tmp_path)] == ["x", "z"]
    assert all(json.loads(line) for line in journal.read_text().splitlines())


def test_a_spoiled_line_costs_its_own_target_only(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        for name in "xyz":
            store.keep(row(name))
    journal = tmp_path / JOURNAL
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(lines[0] + b"{spoiled\n" + lines[2])

    assert [each.name for each in read_rows(tmp_path)] == ["x", "z"]


FILLS = """
import sys, resource
from pathlib import Path
sys.path[:0] = {path!r}
from fleet.test_store import row
from fleet.reports import report
from streamtriage.fleet.journal import DiskError, Store
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, resource.RLIM_INFINITY))
with Store(Path({folder!r})) as store:
    try:
        for number in range(1000):
            store.keep(row(f"n{{number}}", summary="x" * 500){report})
    except DiskError as problem:
        print(len(store.rows), problem.says)
"""


@pytest.mark.parametrize(
    ("limit", "with_report"),
    [
        pytest.param(20_000, False, id="in the journal"),
        pytest.param(4_000, True, id="in a report"),
    ],
)
def test_a_file_that_may_not_grow_spoils_nothing(
    tmp_path: Path,
    limit: int,
    *,
    with_report: bool,
) -> None:
    """The error of the write is real; what was kept before is whole, and goes on."""
    script = FILLS.format(
        path=sys.path,
        limit=limit,
        folder=str(tmp_path),
        report=", report()" if with_report else "",
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    kept, _, says = done.stdout.partition(" ")

    assert done.returncode == 0, done.stderr
    assert "The disk is full" in says
    assert "--resume" in says
    assert len(read_rows(tmp_path)) == int(kept)
    assert not list(tmp_path.rglob(".writing-*"))
    with Store(tmp_path) as store:
        store.keep(row("after"))
        store.write_table()
    assert len(read_rows(tmp_path)) == int(kept) + 1
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != limit


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(DiskError) as problem, Store(tmp_path / "file" / "out"):
        pass
    assert "cannot be written" in problem.value.says


def test_names_of_files_are_plain_and_apart() -> None:
    names = [
        file_name(row("a/b", "c")),
        file_name(row("a-b", "c")),
        file_name(row("../../etc/passwd")),
        file_name(row("é" * 119)),
        file_name(row("CON")),
        file_name(row("a" * 119)),
    ]

    assert len(set(names)) == len(names)
    assert all("/" not in name and len(name) < 120 for name in names)
    assert not any(name.startswith((".", "-")) for name in names[:3])


def test_a_journal_cannot_make_us_read_elsewhere(tmp_path: Path) -> None:
    outside = tmp_path / "outside.json"
    outside.write_text(report().model_dump_json())
    folder = tmp_path / "run"
    folder.mkdir()

    assert read_report(folder, row(report="../outside.json")) is None
    assert read_report(folder, row(report=str(outside))) is None


def test_a_table_in_parts_is_written_as_far_as_it_changed(tmp_path: Path) -> None:
    """A part that is full and does not change is not written again."""
    with Store(tmp_path) as store:
        store.keep_all([(row(f"n{n}"), "") for n in range(PART_ROWS + 2)])
        store.write_table()
        first, second = sorted((tmp_path / TABLE).iterdir())
        written = first.stat().st_ino, second.stat().st_ino
        store.keep(row("one more"))
        store.write_table()
        same = first.stat().st_ino == written[0]
        other = second.stat().st_ino != written[1]
        store.keep(row("n7", summary="Otherwise."))
        store.write_table()
        again = first.stat().st_ino != written[0]
    table = parquet.read_table(tmp_path / TABLE)

    assert (same, other, again) == (True, True, True)
    assert table.num_rows == PART_ROWS + 3
    assert table.column("summary")[7].as_py() == "Otherwise."
    assert table.column("name")[PART_ROWS + 2].as_py() == "one more"


def test_rows_that_are_asked_no_more_leave_the_table(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        store.keep_all([(row(f"n{n}"), "") for n in range(PART_ROWS + 2)])
        store.write_table()
        store.rows = {key: each for key, each in store.rows.items() if key[0] == "n3"}
        store.write_table()

    assert parquet.read_table(tmp_path / TABLE).column("name").to_pylist() == ["n3"]
    assert len(list((tmp_path / TABLE).iterdir())) == 1


def test_a_run_of_an_earlier_version_is_read_and_taken_up(tmp_path: Path) -> None:
    """Its table was one file, and its rows did not say how long a report is."""
    old = row("old").model_dump(mode="json", exclude={"report_bytes"})
    (tmp_path / JOURNAL).write_text(json.dumps(old) + "\n")
    parquet.write_table(pa.Table.from_pylist([old]), tmp_path / TABLE)
    with Store(tmp_path) as store:
        assert store.forget_torn() == 0
        store.keep(row("new"))
        store.write_table()

    assert [each.name for each in read_rows(tmp_path)] == ["old", "new"]
    names = parquet.read_table(tmp_path / TABLE).column("name")
    assert names.to_pylist() == ["old", "new"]


def test_a_report_that_was_lost_with_the_power_is_noticed(tmp_path: Path) -> None:
    """Its row was synced and it was not; only such a row is forgotten."""
    found = report()
    with Store(tmp_path) as store:
        for name in "abc":
            store.keep(row(name), found)
        store.keep(row("d", why="held back"))
        paths = {key[0]: each.report for key, each in store.rows.items()}
    (tmp_path / paths["b"]).write_bytes(b"")
    (tmp_path / paths["c"]).unlink()
    with Store(tmp_path) as store:
        assert store.forget_torn() == 2
        assert [name for name, _ in store.rows] == ["a", "d"]
        assert not store.half_line
