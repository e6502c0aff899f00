"""A log in UTF-16, as PowerShell writes what it redirects, read as if it were plain."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from typing import BinaryIO

__all__ = ["as_plain", "may_be_wide"]

_LOOK = 1024
_MARKS = (b"\xff\xfe", b"\xfe\xff")
# Of an ASCII text in UTF-16 every second byte is NUL; of a binary file, by chance, few.
_ENOUGH = 0.4


def may_be_wide(head: bytes) -> bool:
    """Tell whether the beginning of a file can be one of UTF-16: see `as_plain`."""
    return head[:2] in _MARKS or b"\0" in head[:_LOOK]


def as_plain(file: BinaryIO) -> BinaryIO:
    """Return a file to read a log from: itself, or its letters if it is UTF-16."""
    file.seek(0)
    head = file.read(_LOOK)
    file.seek(0)
    if head[:2] in _MARKS:
        return cast("BinaryIO", _Letters(file, 2, low_first=head[:1] == b"\xff"))
    pairs = len(head) // 2
    for low_first in (True, False):
        highs = head[1::2] if low_first else head[0::2]
        lows = head[0::2] if low_first else head[1::2]
        if pairs and highs.count(0) >= _ENOUGH * 2 * pairs and not lows.count(0):
            return cast("BinaryIO", _Letters(file, 0, low_first=low_first))
    return file


class _Letters(io.RawIOBase):
    """Each two bytes as one letter, at any place; what is no ASCII is a "?".

    A client's words and times are ASCII, so a place can be found without reading.
    """

    def __init__(self, file: BinaryIO, start: int, *, low_first: bool) -> None:
        self._file = file
        self._start = start
        self._low = 0 if low_first else 1
        self._place = 0
        self._size = (file.seek(0, 2) - start) // 2

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, place: int, whence: int = 0) -> int:
        self._place = place + (0, self._place, self._size)[whence]
        return self._place

    def readinto(self, into: bytearray | memoryview) -> int:  # type: ignore[override]
        self._file.seek(self._start + 2 * self._place)
        raw = self._file.read(2 * len(into))
        lows, highs = raw[self._low :: 2], raw[1 - self._low :: 2]
        size = min(len(lows), len(highs))
        if highs.count(0) == size:
            into[:size] = lows[:size]
        else:
            pairs = zip(lows, highs, strict=False)
            into[:size] = bytes(low if not high else 0x3F for low, high in pairs)
        self._place += size
        return size
