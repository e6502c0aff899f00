"""Read a text of any size to its end, and keep the parts that tell something."""

from __future__ import annotations

import io
from collections import deque
from functools import cache
from typing import TYPE_CHECKING

from ahocorasick_rs import BytesAhoCorasick, MatchKind

from streamtriage.error_text.certificates import PIECES as CERTIFICATES
from streamtriage.error_text.clients_seen import telling_pieces
from streamtriage.error_text.tails import CUT, OPEN, REOPEN

if TYPE_CHECKING:
    from typing import BinaryIO

__all__ = [
    "PIECE_LIMIT",
    "WHOLE_BYTES",
    "pieces",
    "places_of_pieces",
    "telling_part",
    "telling_text",
]

# Up to this a text is kept as it is.
WHOLE_BYTES = 512 * 1024
BLOCK = 4 * 1024 * 1024
# What a client says of itself stands at the head, what it says now at the tail.
HEAD_BYTES = 64 * 1024
TAIL_BYTES = 128 * 1024
KEPT = TAIL_BYTES
# Of one text that repeats for hours, so many first and last ones are kept.
FIRST, LAST = 8, 24
# A block that is full of one text shows what it looks like with its last few.
OF_BLOCK = 6
# A record's stack and members follow its message; a request's line stands before it.
BEFORE, AFTER = 1024, 2048
# Pieces that begin with so many equal letters are searched for as one.
ALIKE = 12
# Up to so many are searched for with vector instructions, at four times the speed.
PIECE_LIMIT = 64
SEAM = "\n[…]\n"

_SDK = (
    REOPEN,
    OPEN,
    CUT,
    "Maximum reconnection attempts",
    "Error dialing http",
    "CLIENT_HTTP_FAILED_TO_OPEN_STREAM",
    "SSE reconnection exhausted",
    "GET-stream reconnection exhausted",
    "max consecutive terminal errors",
    "Invalid OAuth error response",
    "Dynamic Client Registration rejected",
    "MCP session expired (",
)


@cache
def _searcher() -> tuple[BytesAhoCorasick, int]:
    """Return one automaton for all texts: one pass finds each, in any number."""
    found = pieces()
    encoded = [piece.encode() for piece in found]
    return BytesAhoCorasick(encoded, matchkind=MatchKind.LeftmostFirst), len(found)


def pieces() -> tuple[str, ...]:
    """Return what is searched for: a piece of each known text, few enough to be fast.

    Pieces that begin alike become one, and one that holds another is found with it.
    """
    groups: dict[str, list[str]] = {}
    for piece in (*_SDK, *telling_pieces(), *CERTIFICATES):
        groups.setdefault(piece[:ALIKE], []).append(piece)
    short = [_shared(group) for group in groups.values()]
    return tuple(p for p in short if not any(q != p and q in p for q in short))


def places_of_pieces(buffer: bytearray, size: int) -> list[int]:
    """Return where in the first bytes of a buffer a piece of a known text stands."""
    automaton, _ = _searcher()
    with memoryview(buffer) as view, view[:size] as window:
        return [at for _, at, _ in automaton.find_matches_as_indexes(window)]


def _shared(group: list[str]) -> str:
    """Return what several texts begin with."""
    low, high = min(group), max(group)
    same = next((i for i, c in enumerate(low) if high[i : i + 1] != c), len(low))
    return low[:same]


def telling_text(text: str) -> str:
    """Return a text as it is, or of a large one the parts that tell something."""
    if len(text) <= WHOLE_BYTES:
        return text
    return telling_part(io.BytesIO(text.encode("utf-8", "replace")))


def telling_part(file: BinaryIO) -> str:
    """Read to the end, in constant memory; return all, or the parts that tell.

    Of a text above 512 kB these are its head, its tail, and what stands around the
    first and the last of each known text: no text is passed over, however far inside
    it stands. UTF-16 and NULs are read as if they were plain. Raises OSError.
    """
    head = _read(file, WHOLE_BYTES + 1)
    if len(head) <= WHOLE_BYTES:
        return _decoded(head)
    scan = _Scan()
    scan.take(io.BytesIO(head))
    while scan.take(file):
        pass
    return scan.text()


def _read(file: BinaryIO, size: int) -> bytes:
    """Read so much, or to the end: a pipe gives what it has."""
    parts: list[bytes] = []
    while size > 0 and (part := file.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def _decoded(raw: bytes) -> str:
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace")
    return raw.decode("utf-8", "replace")


class _Scan:
    """One pass over a file; a part is a place in it and what stands there.

    The buffer keeps the end of what was read before, so that what stands across two
    blocks is found, with what stands around it.
    """

    def __init__(self) -> None:
        self._automaton, count = _searcher()
        self._first: list[list[tuple[int, bytes]]] = [[] for _ in range(count)]
        self._last: list[deque[tuple[int, bytes]]] = [
            deque(maxlen=LAST) for _ in range(count)
        ]
        self._buffer = bytearray(KEPT + BLOCK)
        self._held = 0
        self._base = 0
        self._searched = 0
        self._head = b""

    def take(self, file: BinaryIO) -> bool:
        """Read and search the next block; return whether there was one."""
        if self._held > KEPT:
            gone = self._held - KEPT
            self._buffer[:KEPT] = self._buffer[gone : self._held]
            self._base, self._held = self._base + gone, KEPT
        room = memoryview(self._buffer)[self._held : self._held + BLOCK]
        got = file.readinto(room)  # type: ignore[attr-defined]
        room.release()
        if not got:
            return False
        self._add(got)
        # What stands at the end of a block is looked at with what follows it.
        self._search(max(0, self._held - AFTER))
        return True

    def _add(self, got: int) -> None:
        end = self._held + got
        # UTF-16 has a NUL beside every letter of an ASCII text.
        if self._buffer.find(b"\x00", self._held, end) >= 0:
            bare = self._buffer[self._held : end].replace(b"\x00", b"")
            end = self._held + len(bare)
            self._buffer[self._held : end] = bare
        if len(self._head) < HEAD_BYTES:
            room = HEAD_BYTES - len(self._head)
            self._head += self._buffer[self._held : min(end, self._held + room)]
        self._held = end

    def text(self) -> str:
        self._search(self._held)
        found = [part for parts in (*self._first, *self._last) for part in parts]
        tail = max(0, self._held - TAIL_BYTES)
        found.append((0, self._head))
        found.append((self._base + tail, bytes(self._buffer[tail : self._held])))
        end, joined = 0, []
        for start, raw in sorted(found):
            if start > end:
                joined.append(SEAM.encode())
            joined.append(raw[max(0, end - start) :])
            end = max(end, start + len(raw))
        return b"".join(joined).decode("utf-8", "replace")

    def _search(self, until: int) -> None:
        """Look from where the last search ended up to a place of what is held."""
        start = max(0, self._searched - self._base)
        if until <= start:
            return
        hits: dict[int, list[int]] = {}
        with memoryview(self._buffer) as view, view[start : self._held] as window:
            for piece, at, _ in self._automaton.find_matches_as_indexes(window):
                if start + at >= until:
                    break
                hits.setdefault(piece, []).append(start + at)
        self._searched = self._base + until
        for piece, places in hits.items():
            first = self._first[piece]
            room = FIRST - len(first)
            first += (self._part(place) for place in places[:room])
            self._last[piece].extend(self._part(place) for place in places[-OF_BLOCK:])

    def _part(self, place: int) -> tuple[int, bytes]:
        find, held = self._buffer.find, self._held
        start = self._buffer.rfind(b"\n", 0, max(0, place - BEFORE)) + 1
        start = max(start, place - 2 * BEFORE, 0)
        stop = find(b"\n", place + AFTER // 2, min(held, place + AFTER))
        stop = stop if stop >= 0 else min(held, place + AFTER)
        return self._base + start, bytes(self._buffer[start:stop])
