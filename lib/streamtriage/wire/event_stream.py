"""The event-stream parser: bytes in, events and comments out.

WHATWG HTML, section 9.2.6, https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

__all__ = ["Comment", "EventStreamParser", "StreamEvent"]

# A sender that never ends a line, or never ends a block, must not fill our memory.
LINE_LIMIT = 1 << 20
BLOCK_LIMIT = 1 << 22
# No timer runs longer than 2**31 milliseconds; what is above is only "very long".
RETRY_LIMIT_MS = 999_999_999_999

_LINE_END = re.compile(rb"[\r\n]")


@dataclass(frozen=True, slots=True)
class Comment:
    """A line that starts with a colon: the keep-alive of event streams."""

    text: str


@dataclass(frozen=True, slots=True)
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
        if self._after_cr and data:
            self._after_cr = False
            if data[:1] == b"\n":
                data = data[1:]
        items: list[Comment | StreamEvent] = []
        start = 0
        while (found := _LINE_END.search(data, start)) is not None:
            end = found.start()
            self._extend(data[start:end])
            start = end + 1
            if data[end] == 0x0D:
                if start == len(data):
                    self._after_cr = True
                elif data[start] == 0x0A:
                    start += 1
            self._end_line(items)
        self._extend(data[start:])
        return items

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
        line = raw.decode("utf-8", "replace")
        if not line:
            self._end_block(items)
        elif line.startswith(":"):
            items.append(Comment(line[1:].removeprefix(" ")))
        else:
            self._field(line, size)

    def _field(self, line: str, size: int) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data_size += max(0, size - len("data:"))
            self._kept += len(value) + 1
            if self._kept <= BLOCK_LIMIT:
                self._data.append(value)
        elif (name == "id" and "\0" not in value) or name == "event":
            self._fields[name] = value
        elif name == "retry" and value.isascii() and value.isdigit():
            digits = value.lstrip("0")[:13] or "0"
            self._fields[name] = str(min(int(digits), RETRY_LIMIT_MS))

    def _end_block(self, items: list[Comment | StreamEvent]) -> None:
        if self._fields or self._data:
            retry = self._fields.get("retry")
            items.append(
                StreamEvent(
                    kind=self._fields.get("event") or "message",
                    data="\n".join(self._data) if self._data else None,
                    id=self._fields.get("id"),
                    retry_ms=int(retry) if retry is not None else None,
                    size=self._data_size,
                )
            )
        self._fields = {}
        self._data = []
        self._data_size = self._kept = 0
