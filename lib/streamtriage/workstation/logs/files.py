"""Read a log of any size from its newest end, in constant memory."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from ahocorasick_rs import BytesAhoCorasick, MatchKind

from streamtriage.error_text.clients_seen import telling_pieces
from streamtriage.error_text.large import places_of_pieces
from streamtriage.workstation.filesystem import handle_quietly, open_quietly
from streamtriage.workstation.logs.lines import LINE_LIMIT, Line, read_line
from streamtriage.workstation.logs.wide_files import as_plain, may_be_wide

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import BinaryIO

__all__ = ["Budget", "ReadLog", "read_log"]

BLOCK = 1024 * 1024
# The newest part is read line by line; what is older is searched for two anchors, and
# only the lines around them are read.
EXACT = 2 * 1024 * 1024
# A file of fewer bytes is looked through before anything is made ready to read it.
SMALL = 256 * 1024
# A buffer of more is given by the system and taken back, for each file anew.
_FEW = 64 * 1024
# A burst of a client's lines about one failure or one connection spans 3 kB.
NEAR = 4096

# Every failure of a connected server and every attempt to connect one print these. One
# search for all of them is most of the cost of a large log; what begins with letters
# that are seldom together is found fastest. Other clients' logs are searched for every
# known text.
_CLAUDE = (b"dropped after ", b"Starting connection with")
_TOKEN = b"No token data found"
# A loop of a minute at one line a second spans 9 kB, so that looking at 512 bytes in
# every 16384 cannot miss a loop of some minutes.
_STEP, _LOOK, _DENSE = 16384, 512, 4
# Four places in a row hold one of every third, so most blocks need only those.
_SPARSE = 3 * _STEP
_WORTH = (
    *("V2 FSM", "iscovered", "onnection", "ransport", "session expired", "No token"),
    *("claude-code/", "SSE stream", "fetch tools", "MCP ERROR", "Error from"),
    *("Client error", "dialing", "reconnect", "status sending", "failed to start"),
    *("HTTP Request: GET", "eceived session ID"),
)
# Of a line that is longer than can be read its beginning is, and its end for the time.
_LINE_END = 4096
# What the person asked for before a failure stands at most this far above it.
_ACTIONS = (b"Calling MCP tool: ", b"Tool '")
_ABOVE = 32 * 1024


@cache
def worth_reading() -> tuple[bytes, ...]:
    """Return what stands in every line that tells something, none within another."""
    found = {*_WORTH, *telling_pieces()}
    # A log in JSON has a backslash before each quote.
    found |= {piece.replace('"', '\\"') for piece in found}
    short = (p for p in found if not any(q != p and q in p for q in found))
    return tuple(sorted(piece.encode() for piece in short))


@cache
def _search(pieces: tuple[bytes, ...]) -> BytesAhoCorasick:
    # One pass finds any of them, at the speed at which `bytes.find` finds one.
    return BytesAhoCorasick(pieces, matchkind=MatchKind.LeftmostFirst)


@dataclass
class Budget:
    """How much may still be read, over all files; `until` is a monotonic time.

    `long_lines` of what was read hold a known text further inside than a line is read.
    """

    bytes_left: int = 8 * 1024**3
    lines_left: int = 200_000
    until: float = float("inf")
    files_read: int = 0
    long_lines: int = 0

    @classmethod
    def seconds(cls, limit_s: float) -> Budget:
        return cls(until=time.monotonic() + limit_s)

    @property
    def spent(self) -> bool:
        return (
            self.bytes_left <= 0
            or self.lines_left <= 0
            or time.monotonic() > self.until
        )


@dataclass
class ReadLog:
    """The telling lines of one file in their order, and how much of it was read.

    `long_lines` are the sizes, in bytes, of lines that were not read to their text.
    """

    lines: list[Line] = field(default_factory=list)
    long_lines: list[int] = field(default_factory=list)
    bytes_read: int = 0
    bytes_skipped: int = 0
    broken: int = 0
    size: int = 0
    modified: float = 0.0


def read_log(
    path: Path,
    budget: Budget,
    server: str = "",
    before: Callable[[], None] = lambda: None,
) -> ReadLog:
    """Return what a log says, newest part first if the budget ends. Raises OSError.

    `before` is called where there is something to read in it, which may take long.
    """
    quiet = _quiet(path)
    if quiet is not None:
        budget.bytes_left -= quiet
        return ReadLog(bytes_read=quiet, size=quiet)
    before()
    with open_quietly(path) as raw:
        file = as_plain(raw)
        size = file.seek(0, 2)
        reading = _Reading(file, size, server, budget)
        end = size
        reading.exact(max(0, size - EXACT), size)
        end = max(0, size - EXACT)
        # Claude Code's own log has this name; if its newest part shows nothing of it,
        # what is older is searched for both.
        anchors = _CLAUDE if reading.by_claude or path.suffix == ".jsonl" else ()
        every = not reading.by_claude
        while end > 0 and not budget.spent:
            start = max(0, end - BLOCK)
            reading.around_anchors(start, end, anchors, every=every)
            end = start
    lines = [reading.found[place] for place in sorted(reading.found)]
    long = list(reading.long.values())
    budget.long_lines += len(long)
    return ReadLog(_runs(lines), long, size - end, end, reading.broken, size)


def _quiet(path: Path) -> int | None:
    """Return the size of a small file that tells nothing; None for any other.

    Of many thousand files most are such, and each costs what its opening costs.
    """
    handle = handle_quietly(path)
    try:
        raw = os.read(handle, _FEW)
        if len(raw) == _FEW:
            raw += os.read(handle, SMALL - _FEW)
    finally:
        os.close(handle)
    if len(raw) == SMALL or may_be_wide(raw):
        return None
    if _search(worth_reading()).find_matches_as_indexes(raw):
        return None
    return len(raw)


class _Reading:
    """One pass over one open file; `found` maps a line's place to what it says.

    `long` maps the place of a line that was not read to its text to its size.
    """

    def __init__(self, file: BinaryIO, size: int, server: str, budget: Budget) -> None:
        self.found: dict[int, Line] = {}
        self.long: dict[int, int] = {}
        self.broken = 0
        self.by_claude = False
        self._file = file
        self._size = size
        self._server = server
        self._budget = budget
        self._buffer = bytearray(min(size, BLOCK + 2 * NEAR))
        self._worth = _search(worth_reading())
        self._asked = -NEAR
        self._line_at = (0, 0)

    def exact(self, start: int, end: int) -> None:
        """Read every line of a part, newest block first."""
        while end > start and not self._budget.spent:
            first = max(start, end - BLOCK)
            base, size = self._load(first, end)
            marks = (b"[DEBUG] ", b'"debug":', b'"sessionId":')
            self.by_claude |= any(self._buffer.find(m, 0, size) >= 0 for m in marks)
            self._lines(base, size, 0, size)
            end = first

    def around_anchors(
        self, start: int, end: int, anchors: tuple[bytes, ...], *, every: bool
    ) -> None:
        """Read the lines near each anchor of one block, and near `every` known text."""
        base, size = self._load(start, end)
        # A payload that fills a block is far from what the anchors are near to.
        every = every or self._buffer.find(b"\n", 0, size) < 0
        for first, last in self._spans(size, anchors, every=every):
            self._lines(base, size, first, last)
        self._loop(base, size)

    def _load(self, start: int, end: int) -> tuple[int, int]:
        base = max(0, start - NEAR)
        want = min(self._size, end + NEAR) - base
        self._file.seek(base)
        view, size = memoryview(self._buffer), 0
        while size < want:
            got = self._file.readinto(view[size:want])  # type: ignore[attr-defined]
            if not got:
                break
            size += got
        self._budget.bytes_left -= end - start
        return base, size

    def _spans(
        self, size: int, anchors: tuple[bytes, ...], *, every: bool
    ) -> list[tuple[int, int]]:
        hits = places_of_pieces(self._buffer, size) if every else []
        if anchors:
            with memoryview(self._buffer) as view, view[:size] as part:
                found = _search(anchors).find_matches_as_indexes(part)
            hits += [hit for _, hit, _ in found]
        spans: list[tuple[int, int]] = []
        for hit in sorted(hits):
            first, last = max(0, hit - NEAR), min(size, hit + NEAR)
            if spans and first <= spans[-1][1]:
                spans[-1] = (spans[-1][0], last)
            else:
                spans.append((first, last))
        return spans

    def _lines(self, base: int, size: int, first: int, last: int) -> None:
        buffer, place = self._buffer, first
        with memoryview(buffer) as view, view[first:last] as part:
            spots = self._worth.find_matches_as_indexes(part)
        for _, begin, end in spots:
            if first + begin < place:
                continue
            start = buffer.rfind(b"\n", 0, first + begin) + 1
            stop = buffer.find(b"\n", first + end, size)
            # Lines that begin or end outside of the block are read by themselves.
            known = (start > 0 or base == 0) and (
                stop >= 0 or base + size >= self._size
            )
            stop = stop if stop >= 0 else size
            if not known or stop - start > LINE_LIMIT:
                place = self._long_line(base + first + begin) - base + 1
                continue
            if base + start not in self.found:
                line = self._keep(base + start, bytes(buffer[start:stop]))
                if line is not None and line.said in ("dropped", "error"):
                    self._action(base, start)
            place = stop + 1

    def _long_line(self, hit: int) -> int:
        """Read a line of any length where its text can be; return where it ends."""
        start, stop = self._line_at
        if start <= hit < stop:
            return stop
        start, stop = self._line_at = self._line_around(hit)
        if hit - start > LINE_LIMIT - _LINE_END:
            self.long[start] = stop - start
            return stop
        raw = self._at(start, min(stop - start, LINE_LIMIT))
        if stop - start > LINE_LIMIT:
            raw = raw[:-_LINE_END] + self._at(stop - _LINE_END, _LINE_END)
        self._keep(start, raw)
        return stop

    def _line_around(self, hit: int) -> tuple[int, int]:
        start = stop = hit
        while start > 0:
            low = max(0, start - LINE_LIMIT)
            before = self._at(low, start - low)
            if (at := before.rfind(b"\n")) >= 0:
                start = low + at + 1
                break
            start = low
        while stop < self._size:
            after = self._at(stop, LINE_LIMIT)
            if not after:
                break
            if (at := after.find(b"\n")) >= 0:
                stop += at
                break
            stop += len(after)
        return start, stop

    def _at(self, place: int, size: int) -> bytes:
        self._file.seek(place)
        raw = bytearray(size)
        view, got = memoryview(raw), 0
        while got < size and (more := self._file.readinto(view[got:])):  # type: ignore[attr-defined]
            got += more
        return bytes(view[:got])

    def _action(self, base: int, place: int) -> None:
        """Keep the newest request above a failure, once for each burst."""
        if abs(base + place - self._asked) < NEAR:
            return
        self._asked = base + place
        low = max(0, place - _ABOVE)
        spot = max(self._buffer.rfind(mark, low, place) for mark in _ACTIONS)
        if spot < 0:
            return
        start = self._buffer.rfind(b"\n", 0, spot) + 1
        if base + start not in self.found and (start > 0 or base == 0):
            stop = self._buffer.find(b"\n", spot, place)
            self._keep(base + start, bytes(self._buffer[start:stop]))

    def _keep(self, place: int, raw: bytes) -> Line | None:
        line, broken = read_line(raw, self._server)
        self.broken += broken
        if line is None or self._budget.lines_left <= 0:
            return None
        line.offset = place
        self.found[place] = line
        if line.said != "tokens":
            self._budget.lines_left -= 1
        return line

    def _loop(self, base: int, size: int) -> None:
        """Notice a stream that is reopened every second, by samples."""
        find = self._buffer.find
        if not self._sampled(size, _SPARSE) or self._sampled(size, _STEP) < _DENSE:
            return
        places = (find(_TOKEN, 0, size), self._buffer.rfind(_TOKEN, 0, size))
        ends = [self._near_line(place) for place in places]
        first, last = (read_line(raw, self._server)[0] for raw in ends)
        if first is None or last is None or first.at is None or last.at is None:
            return
        count = self._buffer.count(_TOKEN, 0, size)
        first.until, first.count, first.offset = last.at, count, base
        self.found[base] = first

    def _sampled(self, size: int, step: int) -> int:
        """Count the places, `step` bytes apart, at which the loop's line stands."""
        find, seen = self._buffer.find, 0
        for place in range(0, size, step):
            seen += find(_TOKEN, place, place + _LOOK) >= 0
        return seen

    def _near_line(self, place: int) -> bytes:
        start = self._buffer.rfind(b"\n", 0, place) + 1
        stop = self._buffer.find(b"\n", place)
        return bytes(self._buffer[start : stop if stop >= 0 else None])


def _runs(lines: list[Line]) -> list[Line]:
    """Fold lines that follow each other within two seconds into one."""
    folded: list[Line] = []
    runs: dict[str, Line] = {}
    for line in lines:
        run = runs.get(line.server)
        if line.said != "tokens" or line.at is None:
            # What comes after another line is looked at by itself: it may be the GET.
            runs.pop(line.server, None)
            folded.append(line)
            continue
        line.until = line.until or line.at
        if run is not None and run.until is not None and line.at - run.until <= 2.0:
            run.until, run.count = line.until, run.count + line.count
            continue
        runs[line.server] = line
        folded.append(line)
    return folded
