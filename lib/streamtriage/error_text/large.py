"""Read a text of any size to its end, and keep the parts that tell something."""

from __future__ import annotations

import io
from collections import deque
from functools import cache
from math import prod
from typing import TYPE_CHECKING

from ahocorasick_rs import BytesAhoCorasick, MatchKind

from streamtriage.error_text.certificates import PIECES as CERTIFICATES
from streamtriage.error_text.clients_seen import telling_pieces
from streamtriage.error_text.reasons import CUT, OPEN, REOPEN

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from collections.abc import Set as AbstractSet
    from typing import BinaryIO

__all__ = [
    "ANCHOR_LIMIT",
    "WHOLE_BYTES",
    "anchors",
    "pieces",
    "places_of_pieces",
    "telling_part",
    "telling_text",
]

# Up to this a text is kept as it is.
WHOLE_BYTES = 512 * 1024
# So much is searched while it is still near the processor.
BLOCK = 512 * 1024
# What a client says of itself stands at the head, what it says now at the tail.
HEAD_BYTES = 16 * 1024
TAIL_BYTES = 32 * 1024
KEPT = TAIL_BYTES
# Of one text that repeats for hours, so many first and last ones are kept.
FIRST, LAST = 8, 12
# A block that is full of one text shows what it looks like with its last few.
OF_BLOCK = 6
# Above so many anchors in one block that are no text, the search is fitted to the file;
# a text with more hits than the second is plentiful. So many times at most.
IN_VAIN, PLENTY = 32, 20
FITTINGS = 8
# What is no anchor in a file is learnt from so much of it.
SAMPLE_BYTES = 64 * 1024
# A record's stack and members follow its message; a request's line stands before it.
BEFORE, AFTER = 1024, 2048
# Pieces that begin with so many equal letters are searched for as one.
ALIKE = 12
# Up to so many anchors are searched for with vector instructions, at four times the
# speed; and the fewer there are and the rarer they begin, the faster.
ANCHOR_LIMIT = 64
ANCHOR = 6
# What logs are full of is no anchor, nor is a part of it.
_FULL_OF = (
    *("authorization", "client", "connected", "connection", "content", "failed"),
    *("failure", "message", "reconnecting", "request", "response", "server"),
    *("session", "status", "stream", "timeout", "transport"),
)
# How many of 100 letters of a log are this one; the rarer the first four of an anchor,
# the less often they have to be looked at closely.
_OFTEN = dict(
    zip(
        b" etaoinsrhldcumfpgwybvkxjqz",
        (
            *(13, 10, 7, 6.5, 6, 6, 5.8, 5.5, 5.3, 4.8, 3.5, 3.4, 2.8, 2.4, 2.3, 2.0),
            *(1.8, 1.7, 1.8, 1.6, 1.3, 0.9, 0.7, 0.3, 0.2, 0.1, 0.1),
        ),
        strict=True,
    )
)
_SELDOM = 1.0
# One anchor more costs as much as one that begins as often as this.
_OF_AN_ANCHOR = 1e-4
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
def _searcher() -> _Searcher:
    """Return one automaton for all texts: one pass finds each, in any number."""
    return _Searcher(dict(enumerate(piece.encode() for piece in pieces())))


def pieces() -> tuple[str, ...]:
    """Return what is searched for: a piece of each known text, few enough to be fast.

    Pieces that begin alike become one, and one that holds another is found with it.
    """
    groups: dict[str, list[str]] = {}
    for piece in (*_SDK, *telling_pieces(), *CERTIFICATES):
        groups.setdefault(piece[:ALIKE], []).append(piece)
    short = [_shared(group) for group in groups.values()]
    return tuple(p for p in short if not any(q != p and q in p for q in short))


def anchors(
    texts: Collection[bytes], often: AbstractSet[bytes] = frozenset()
) -> tuple[bytes, ...]:
    """Return few rare strings of which each text holds one.

    As many texts as can be share one; what logs are full of is none, nor is what this
    one holds `often`.
    """
    parts = {text: _parts(text, often) for text in texts}
    holding: dict[bytes, set[bytes]] = {}
    for text, of_text in parts.items():
        for part in of_text:
            holding.setdefault(part, set()).add(text)
    cost = {part: _OF_AN_ANCHOR + _chance(part) for part in holding}
    shared = {part: whose for part, whose in holding.items() if len(whose) > 1}
    found, left = [], set(parts)
    while shared:
        best = max(shared, key=lambda p: (len(shared[p]) / cost[p], p))
        found.append(best)
        taken = shared.pop(best)
        left -= taken
        for part in {part for text in taken for part in parts[text]} & shared.keys():
            shared[part] -= taken
            if len(shared[part]) < 2:
                del shared[part]
    alone = (min(parts[text], key=lambda p: (cost[p], p)) for text in sorted(left))
    return tuple(dict.fromkeys((*found, *alone)))


def _parts(text: bytes, often: AbstractSet[bytes]) -> AbstractSet[bytes]:
    """Return what can be a text's anchor; all of it where all its words are common."""
    size = min(ANCHOR, len(text))
    parts = {text[at : at + size] for at in range(len(text) - size + 1)}
    rare = {part for part in parts if part not in often and not _is_common(part)}
    return rare or {text}


@cache
def _is_common(part: bytes) -> bool:
    word = part.decode("utf-8", "replace").strip().lower()
    return any(word in full for full in _FULL_OF)


def _chance(part: bytes) -> float:
    """Return how often four letters of a log begin as this does."""
    return prod(_OFTEN.get(letter, _SELDOM) / 100 for letter in part[:4])


def _overlaps(first: bytes, second: bytes) -> list[int]:
    """Return where a second anchor can begin inside a first one and go on after it."""
    return [at for at in range(1, len(first)) if second.startswith(first[at:])]


class _Searcher:
    """Finds the pieces by their anchors."""

    def __init__(
        self, texts: Mapping[int, bytes], often: AbstractSet[bytes] = frozenset()
    ) -> None:
        self.texts = texts
        self._anchors = anchors(texts.values(), often)
        self._automaton = BytesAhoCorasick(
            list(self._anchors), matchkind=MatchKind.LeftmostFirst
        )
        # Of each anchor: the texts that hold it, and how far inside.
        self._of = [
            [(n, text, text.find(each)) for n, text in texts.items() if each in text]
            for each in self._anchors
        ]
        # The automaton passes over what overlaps the one that it has found.
        self._beside = [
            [
                (other, at)
                for other, second in enumerate(self._anchors)
                for at in _overlaps(each, second)
            ]
            for each in self._anchors
        ]

    @property
    def is_fast(self) -> bool:
        """Say whether the anchors are few enough for vector instructions."""
        return len(self._anchors) <= ANCHOR_LIMIT

    def find(
        self, buffer: bytearray, start: int, end: int
    ) -> Iterator[tuple[int, int]]:
        """Yield each piece whose anchor begins there: its number, and its place."""
        return self.around(buffer, start, end, self.spots(buffer, start, end))

    def spots(
        self, buffer: bytearray, start: int, end: int
    ) -> list[tuple[int, int, int]]:
        """Return each anchor, with its place from `start` on."""
        with memoryview(buffer) as view, view[start:end] as window:
            return self._automaton.find_matches_as_indexes(window)

    def around(
        self,
        buffer: bytearray,
        start: int,
        end: int,
        spots: list[tuple[int, int, int]],
    ) -> Iterator[tuple[int, int]]:
        """Yield the pieces that stand around anchors."""
        for anchor, at, _ in spots:
            yield from self._around(buffer, anchor, start + at, end)
            for other, further in self._beside[anchor]:
                there = start + at + further
                if buffer.startswith(self._anchors[other], there, end):
                    yield from self._around(buffer, other, there, end)

    def _around(
        self, buffer: bytearray, anchor: int, at: int, end: int
    ) -> Iterator[tuple[int, int]]:
        for number, text, inside in self._of[anchor]:
            place = at - inside
            if place >= 0 and buffer.startswith(text, place, end):
                yield number, place


def places_of_pieces(buffer: bytearray, size: int) -> list[int]:
    """Return where in the first bytes of a buffer a piece of a known text stands."""
    return sorted(place for _, place in _searcher().find(buffer, 0, size))


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

    A text that a file is full of is `_plenty`: as long as each block holds it, only the
    last one of each is looked for, from the block's end. The first block without it
    makes it a text like any other.
    """

    def __init__(self) -> None:
        self._searcher = _searcher()
        count = len(self._searcher.texts)
        self._first: list[list[tuple[int, bytes]]] = [[] for _ in range(count)]
        self._last: list[deque[tuple[int, bytes]]] = [
            deque(maxlen=LAST) for _ in range(count)
        ]
        self._plenty: dict[int, bytes] = {}
        self._often: AbstractSet[bytes] = frozenset()
        self._fittings = FITTINGS
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
        self._take_up(list(self._plenty))
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
        self._take_up(self._gone(start, until))
        spots = self._searcher.spots(self._buffer, start, self._held)
        found = self._searcher.around(self._buffer, start, self._held, spots)
        # The next search finds what begins after that, its anchor included.
        hits = self._keep(each for each in found if start <= each[1] < until)
        self._searched = self._base + until
        if len(spots) > IN_VAIN and self._fittings:
            self._fit(len(spots), hits)

    def _keep(self, found: Iterable[tuple[int, int]]) -> dict[int, list[int]]:
        hits: dict[int, list[int]] = {}
        for piece, place in found:
            hits.setdefault(piece, []).append(place)
        for piece, places in hits.items():
            first = self._first[piece]
            room = FIRST - len(first)
            first += (self._part(place) for place in places[:room])
            self._last[piece].extend(self._part(place) for place in places[-OF_BLOCK:])
        return hits

    def _gone(self, start: int, until: int) -> list[int]:
        """Keep the last of each plentiful text; return those of which there is none."""
        gone = []
        for piece, text in self._plenty.items():
            place = self._buffer.rfind(text, start, until)
            if place >= 0:
                self._last[piece].append(self._part(place))
            else:
                gone.append(piece)
        return gone

    def _take_up(self, gone: list[int]) -> None:
        """Search for these again, from now on and in what is held of before."""
        if not gone:
            return
        texts = {piece: self._plenty.pop(piece) for piece in gone}
        searched = max(0, self._searched - self._base)
        self._keep(_Searcher(texts).find(self._buffer, 0, searched))
        self._searcher = _Searcher({**self._searcher.texts, **texts}, self._often)

    def _fit(self, spots: int, hits: dict[int, list[int]]) -> None:
        """Search otherwise from now on, where this file makes the search slow.

        What it is full of is passed over, or its parts are no anchors.
        """
        full = [piece for piece, places in hits.items() if len(places) > PLENTY]
        if not full and spots - sum(map(len, hits.values())) <= IN_VAIN:
            return
        self._fittings -= 1
        texts = dict(self._searcher.texts)
        plenty = {piece: texts.pop(piece) for piece in full}
        sample = bytes(self._buffer[max(0, self._held - SAMPLE_BYTES) : self._held])
        parts = {sample[at : at + ANCHOR] for at in range(len(sample) - ANCHOR + 1)}
        searcher = _Searcher(texts, self._often | parts)
        if searcher.is_fast:
            self._searcher, self._often = searcher, self._often | parts
            self._plenty |= plenty

    def _part(self, place: int) -> tuple[int, bytes]:
        find, held = self._buffer.find, self._held
        start = self._buffer.rfind(b"\n", 0, max(0, place - BEFORE)) + 1
        start = max(start, place - 2 * BEFORE, 0)
        stop = find(b"\n", place + AFTER // 2, min(held, place + AFTER))
        stop = stop if stop >= 0 else min(held, place + AFTER)
        return self._base + start, bytes(self._buffer[start:stop])
