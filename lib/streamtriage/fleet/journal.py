"""The run's folder: what was finished is on disk, one sync for all that came together.

`fleet.jsonl` is the journal, and the truth: one line a row, the last one of a target
at a vantage point counts. `fleet.parquet` is made of it in parts, of which only those
that changed are written again, each under another name and then put in place. A run
that is killed loses the batch that was being written, and leaves at most a half line
at the end of the journal, which is dropped when the run is taken up again. Reports are
not synced one by one: a row says how long its report is, so one that a machine lost
with its power is noticed.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
from operator import attrgetter
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import parquet
from pydantic import ValidationError

from streamtriage.fleet.row import Row
from streamtriage.judging import saved_json
from streamtriage.letting_in import read_checked
from streamtriage.model import Report
from streamtriage.outbox import Outbox
from streamtriage.refusal import InWordsError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Self

__all__ = ["JOURNAL", "TABLE", "DiskError", "Store", "read_report", "read_rows"]

JOURNAL = "fleet.jsonl"
TABLE = "fleet.parquet"
REPORTS = "reports"
# A part is written again each time that the table is: 10,000 rows take a quarter of a
# second, and a million of them are a hundred files.
PART_ROWS = 10_000

_SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("name", "url", "vantage", "digest")),
        *((name, pa.string()) for name in ("outcome", "why")),
        *((name, pa.list_(pa.string())) for name in ("causes", "suspected")),
        *((name, pa.string()) for name in ("impact", "owner", "scope")),
        *((name, pa.string()) for name in ("summary", "cut", "reopen")),
        ("taken_at", pa.timestamp("us", tz="UTC")),
        *((name, pa.float64()) for name in ("took_s", "answer_s", "lived_s")),
        ("runs", pa.int32()),
        *((name, pa.string()) for name in ("worker", "report")),
        ("report_bytes", pa.int64()),
    ]
)
_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


class DiskError(InWordsError, OSError):
    """A result could not be written; what was written before is whole."""

    def __init__(self, problem: OSError, folder: Path, kept: int) -> None:
        super().__init__(problem.errno, problem.strerror)
        full = problem.errno in _FULL
        reason = "The disk is full" if full else f"It said: {problem.strerror}"
        self.says = (
            f"Results cannot be written to {folder}. {reason}. {kept} rows are kept "
            "there and are whole. Make room, then give the same command with --resume."
        )


class Store:
    """The folder of one run, open for writing.

    `half_line` says that the journal ended in the middle of a row, which was dropped.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.half_line = False
        self._rows: dict[tuple[str, str], Row] = {}
        self._places: dict[tuple[str, str], int] = {}
        self._changed: set[int] = set()
        self._journal: int | None = None
        self._outbox = Outbox()
        self._end = 0

    def __enter__(self) -> Self:
        try:
            (self.folder / REPORTS).mkdir(parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
            self._journal = os.open(self.folder / JOURNAL, flags, 0o644)
            rows, self._end = _journalled(self.folder / JOURNAL)
            self.rows = {row.key: row for row in rows}
            self.half_line = os.fstat(self._journal).st_size > self._end
            # A half line of a run that was killed would spoil the next one.
            os.ftruncate(self._journal, self._end)
        except OSError as problem:
            raise DiskError(problem, self.folder, len(self.rows)) from problem
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._journal is not None:
            os.close(self._journal)
            self._journal = None

    @property
    def rows(self) -> dict[tuple[str, str], Row]:
        """Each row by its key; a row is added with `keep`."""
        return self._rows

    @rows.setter
    def rows(self, rows: dict[tuple[str, str], Row]) -> None:
        self._rows = rows
        self._places = {key: place for place, key in enumerate(rows)}
        self._changed = set(range(_parts(len(rows))))

    def keep(self, row: Row, report: Report | None = None) -> None:
        """Write a report and its row; raises DiskError, and then neither counts."""
        self.keep_all([(row, saved_json(report) if report is not None else "")])

    def keep_all(self, finished: Sequence[tuple[Row, str]]) -> None:
        """Write rows and the texts of their reports, with one sync for all of them.

        Raises DiskError, and then none of them counts.
        """
        written: list[Path] = []
        try:
            kept = []
            for row, text in finished:
                path, size = f"{REPORTS}/{file_name(row)}" if text else row.report, 0
                if text:
                    written.append(self.folder / path)
                    size = self._outbox.plain(written[-1], text)
                told = {"report": path, "report_bytes": size}
                kept.append(row.model_copy(update=told))
            self._append(kept)
        except OSError as problem:
            for each in written:
                with contextlib.suppress(OSError):
                    each.unlink()
            raise DiskError(problem, self.folder, len(self.rows)) from problem
        for row in kept:
            place = self._places.setdefault(row.key, len(self._rows))
            self._rows[row.key] = row
            self._changed.add(place // PART_ROWS)

    def forget_torn(self) -> int:
        """Forget rows whose report is not there as it was written; return how many.

        After a run that did not come to its end: its last reports may have been lost
        with the machine, though their rows were not.
        """
        whole = {key: row for key, row in self._rows.items() if not self._torn(row)}
        torn = len(self._rows) - len(whole)
        if torn:
            self.rows = whole
        return torn

    def _torn(self, row: Row) -> bool:
        if not row.report_bytes:
            return False
        try:
            return (self.folder / row.report).stat().st_size != row.report_bytes
        except OSError:
            return True

    def write_table(self) -> None:
        """Write the parts of the Parquet table that changed; raises DiskError."""
        table = self.folder / TABLE
        try:
            if table.is_file():
                # The whole table of an earlier version; its rows are in the journal.
                table.unlink()
            table.mkdir(exist_ok=True)
            rows = list(self._rows.values())
            count = _parts(len(rows))
            for part in sorted(self._changed & set(range(count))):
                own = rows[part * PART_ROWS : (part + 1) * PART_ROWS]
                self._outbox.packed(table / _part_name(part), _parquet(own))
            known = set(map(_part_name, range(count)))
            for each in table.glob("part-*.parquet"):
                if each.name not in known:
                    each.unlink()
        except OSError as problem:
            raise DiskError(problem, self.folder, len(self.rows)) from problem
        self._changed.clear()

    def write(self, name: str, text: str) -> None:
        """Write another file of the run; raises DiskError."""
        try:
            self._outbox.file(self.folder / name, text)
        except OSError as problem:
            raise DiskError(problem, self.folder, len(self.rows)) from problem

    def _append(self, rows: Sequence[Row]) -> None:
        assert self._journal is not None, "the store is not open"
        text = "".join(row.model_dump_json() + "\n" for row in rows)
        try:
            os.lseek(self._journal, self._end, os.SEEK_SET)
            size = self._outbox.line(self._journal, text)
            os.fsync(self._journal)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._journal, self._end)
            raise
        self._end += size


def read_rows(folder: Path) -> tuple[Row, ...]:
    """Return the rows of a run, one for each target at each vantage point.

    Raises OSError if there is no run in the folder.
    """
    rows, _ = _journalled(folder / JOURNAL)
    return tuple({row.key: row for row in rows}.values())


def read_report(folder: Path, row: Row, *, as_written: bool = False) -> Report | None:
    """Return the report of a row; None if it has none that can be read.

    With `as_written` it has only the findings that are written out, which is all that
    who looks at its evidence needs, in a third of the time.
    """
    if not row.report:
        return None
    path = folder / row.report
    if not path.resolve().is_relative_to(folder.resolve()):
        return None
    try:
        return read_checked(Report, path.read_bytes(), as_written=as_written)
    except (OSError, ValidationError):
        return None


def file_name(row: Row) -> str:
    """Return a file name that any system takes, and that no other row has."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", f"{row.name}@{row.vantage}").strip("-.")
    mark = hashlib.sha256("\0".join(row.key).encode()).hexdigest()[:8]
    return f"{plain[:80]}-{mark}.json"


def _journalled(path: Path) -> tuple[list[Row], int]:
    """Return the whole lines of a journal, and where the last of them ends."""
    data = path.read_bytes()
    rows: list[Row] = []
    end = 0
    # Not by `splitlines`, which also parts at a carriage return in a damaged line: all
    # that follows would be taken for half a line, and dropped.
    *whole, _half = data.split(b"\n")
    for line in whole:
        # A line that something else has spoiled costs its own target only.
        with contextlib.suppress(ValidationError):
            rows.append(Row.model_validate_json(line))
        end += len(line) + 1
    return rows, end


def _parts(rows: int) -> int:
    """Return how many parts there are; an empty table has one, for its columns."""
    return max(-(-rows // PART_ROWS), 1)


def _part_name(part: int) -> str:
    return f"part-{part:05}.parquet"


def _parquet(rows: Sequence[Row]) -> bytes:
    columns = [
        pa.array(map(attrgetter(field.name), rows), field.type) for field in _SCHEMA
    ]
    sink = pa.BufferOutputStream()
    parquet.write_table(pa.Table.from_arrays(columns, schema=_SCHEMA), sink)
    return bytes(sink.getvalue())
