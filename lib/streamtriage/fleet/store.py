"""The run's folder: every finished row is on disk before the next one is asked.

`fleet.jsonl` is the journal, and the truth: one line a row, the last one of a target
at a vantage point counts. `fleet.parquet` is made of it, whole, under another name,
and then put in place; so are the reports. A run that is killed leaves at most a half
line at the end of the journal, which is dropped when the run is taken up again.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
from typing import TYPE_CHECKING

import pyarrow as pa
from pyarrow import parquet
from pydantic import ValidationError

from streamtriage.fleet.rows import Row
from streamtriage.judging import saved_json
from streamtriage.letting_in import read_checked
from streamtriage.model import Report
from streamtriage.outbox import Outbox
from streamtriage.refusal import InWordsError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from types import TracebackType
    from typing import Self

__all__ = ["JOURNAL", "TABLE", "DiskError", "Store", "read_report", "read_rows"]

JOURNAL = "fleet.jsonl"
TABLE = "fleet.parquet"
REPORTS = "reports"

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
    """The folder of one run, open for writing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: dict[tuple[str, str], Row] = {}
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

    def keep(self, row: Row, report: Report | None = None) -> None:
        """Write a report and its row; raises DiskError, and then neither counts."""
        try:
            if report is not None:
                path = f"{REPORTS}/{file_name(row)}"
                self._outbox.file(self.folder / path, saved_json(report))
                row = row.model_copy(update={"report": path})
            self._append(row)
        except OSError as problem:
            raise DiskError(problem, self.folder, len(self.rows)) from problem
        self.rows[row.key] = row

    def write_table(self) -> None:
        """Write the Parquet table of every row that there is; raises DiskError."""
        try:
            self._outbox.packed(self.folder / TABLE, _parquet(self.rows.values()))
        except OSError as problem:
            raise DiskError(problem, self.folder, len(self.rows)) from problem

    def write(self, name: str, text: str) -> None:
        """Write another file of the run; raises DiskError."""
        try:
            self._outbox.file(self.folder / name, text)
        except OSError as problem:
            raise DiskError(problem, self.folder, len(self.rows)) from problem

    def _append(self, row: Row) -> None:
        assert self._journal is not None, "the store is not open"
        try:
            os.lseek(self._journal, self._end, os.SEEK_SET)
            size = self._outbox.line(self._journal, row.model_dump_json() + "\n")
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


def read_report(folder: Path, row: Row) -> Report | None:
    """Return the report of a row; None if it has none that can be read."""
    if not row.report:
        return None
    path = folder / row.report
    if not path.resolve().is_relative_to(folder.resolve()):
        return None
    try:
        return read_checked(Report, path.read_bytes())
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


def _parquet(rows: Iterable[Row]) -> bytes:
    table = pa.Table.from_pylist([row.model_dump() for row in rows], schema=_SCHEMA)
    sink = pa.BufferOutputStream()
    parquet.write_table(table, sink)
    return bytes(sink.getvalue())
