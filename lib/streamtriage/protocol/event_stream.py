"""The event-stream parser: bytes in, events and comments out.

WHATWG HTML, section 9.2.6, https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Comment", "EventStreamParser", "StreamEvent"]

# A sender that never ends a line, or never ends a block, must not fill our memory.
LINE_LIMIT = 1 << 20
BLOCK_LIMIT = 1 << 22
# No timer runs longer than 2**31 milliseconds; what is above is only "very long".
RETRY_LIMIT_MS = 999_999_999_999
# What is read of a socket at once is smaller, as a rule.
PIECE = 1 << 17


# Not frozen: a frozen one takes three times as long to make, and a stream has many.
@dataclass(slots=True, unsafe_hash=True)
class Comment:
    """A line that starts with a colon: the keep-alive of event streams."""

    text: str


@dataclass(slots=True, unsafe_hash=True)
class StreamEvent:
    """One block of fields.

    Blocks without `data` are reported too, though a browser would not dispatch them:
    an `id` alone makes a stream resumable, a `retry` alone sets the client's schedule.
    `size` counts the bytes of the block's `data` lines, also those that were not kept.
    """

    kind: str = "message"
    data: str | None = None
    id: str | None = None
    retry_ms: int | None = None
    size: int = field(default=0, compare=False)


class EventStreamParser:
    """Parses an event stream fed in pieces of any size.

    Lines end in CR, LF or CRLF; one leading byte order mark is ignored; bytes that are
    not UTF-8 become U+FFFD. A line longer than `LINE_LIMIT` is cut and counted in
    `oversize_lines`.
    """

    def __init__(self) -> None:
        self.oversize_lines = 0
        self._line = bytearray()
        self._first_line = True
        self._after_cr = False
        self._oversize = False
        self._fields: dict[str, str] = {}
        self._data: list[str] = []
        self._data_size = 0
        self._kept = 0
        self._line_size = 0

    def feed(self, data: bytes) -> list[Comment | StreamEvent]:
        """Return what these bytes completed."""
        items: list[Comment | StreamEvent] = []
        # Within a piece of this size no line is too long, unless it began before.
        for start in range(0, len(data), PIECE):
            self._feed(data[start : start + PIECE], items)
        return items

    def _feed(self, data: bytes, items: list[Comment | StreamEvent]) -> None:
        if self._after_cr and data[:1] == b"\n":
            data = data[1:]
        self._after_cr = data[-1:] == b"\r"
        if b"\r" in data:
            data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        begun, ended, rest = data.partition(b"\n")
        self._extend(begun)
        if not ended:
            return
        self._end_line(items)
        whole, ended, begun = rest.rpartition(b"\n")
        if ended:
            # A line break is never a part of another character, so what lies between
            # two of them reads the same alone and together.
            text = whole.decode("utf-8", "replace")
            lines = text.split("\n")
            if text.isascii():
                self._take(lines, map(len, lines), items)
            else:
                self._take(lines, map(len, whole.split(b"\n")), items)
        self._extend(begun)

    def _take(
        self,
        lines: list[str],
        sizes: Iterable[int],
        items: list[Comment | StreamEvent],
    ) -> None:
        """Take whole lines with their sizes in bytes."""
        for line, size in zip(lines, sizes, strict=True):
            if not line:
                if self._data or self._fields:
                    self._end_block(items)
            elif line[0] == ":":
                items.append(Comment(line[2:] if line[1:2] == " " else line[1:]))
            else:
                self._field(line, size)

    def _extend(self, piece: bytes) -> None:
        self._line_size += len(piece)
        room = LINE_LIMIT - len(self._line)
        if len(piece) > room:
            self._oversize = True
        self._line += piece[:room]

    def _end_line(self, items: list[Comment | StreamEvent]) -> None:
        raw = bytes(self._line)
        size, self._line_size = self._line_size, 0
        self._line.clear()
        if self._oversize:
            self.oversize_lines += 1
            self._oversize = False
        if self._first_line:
            self._first_line = False
            raw = raw.removeprefix(b"\xef\xbb\xbf")
        self._take([raw.decode("utf-8", "replace")], (size,), items)

    def _field(self, line: str, size: int) -> None:
        name, _, value = line.partition(":")
        if value[:1] == " ":
            value = value[1:]
        if name == "data":
            self._data_size += size - 5 if size > 5 else 0
            self._kept += len(value) + 1
            if self._kept <= BLOCK_LIMIT:
                self._data.append(value)
        elif (name == "id" and "\0" not in value) or name == "event":
            self._fields[name] = value
        elif name == "retry" and value.isascii() and value.isdigit():
            digits = value.lstrip("0")[:13] or "0"
            self._fields[name] = str(min(int(digits), RETRY_LIMIT_MS))

    def _end_block(self, items: list[Comment | StreamEvent]) -> None:
        fields = self._fields
        retry = fields.get("retry")
        items.append(
            StreamEvent(
                fields.get("event") or "message",
                "\n".join(self._data) if self._data else None,
                fields.get("id"),
                int(retry) if retry is not None else None,
                self._data_size,
            )
        )
        self._fields = {}
        self._data = []
        self._data_size = self._kept = 0
