"""The head of an HTTP/1 answer as it came, also where HTTP libraries refuse it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.on_first_use import compile_later

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtriage.model import Framing

__all__ = ["RawHead", "fields_of", "framing_of", "status_of"]

# h11 takes heads up to 100 KB, and what is longer is no longer read by anybody.
_MOST_BYTES = 100 * 1024
_END = compile_later(rb"\r?\n\r?\n")
_STATUS = compile_later(rb"HTTP/1\.\d (\d{3})(?!\d)")


class RawHead:
    """The first bytes that come on a connection, up to the end of a final head.

    Interim answers (1xx but for 101) are passed over. What comes after the head is
    dropped, so it never holds a body, unless no head ever ends.
    """

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._complete = False

    def feed(self, data: bytes) -> None:
        room = _MOST_BYTES - len(self._bytes)
        if self._complete or room <= 0:
            return
        self._bytes += data[:room]
        while (end := _END.search(self._bytes)) is not None:
            status = status_of(bytes(self._bytes))
            if status is None or not (100 <= status < 200 and status != 101):
                del self._bytes[end.end() :]
                self._complete = True
                return
            del self._bytes[: end.end()]

    def next(self) -> None:
        """Forget a head that is complete: another request is sent."""
        if self._complete:
            self.__init__()  # type: ignore[misc]

    @property
    def content(self) -> bytes:
        return bytes(self._bytes)


def status_of(head: bytes) -> int | None:
    """Return the status of a head's first line, or None where it has none."""
    match = _STATUS.match(head)
    return int(match[1]) if match else None


def fields_of(head: bytes, most: int) -> list[tuple[str, str]]:
    """Return the fields of a head in order, with their spelling, as Latin-1.

    A line without a colon is a name without a value, a folded line belongs to the one
    before it (RFC 9112, 5.2), and a line that is not yet whole counts as one.
    """
    found: list[tuple[str, str]] = []
    for line in head.decode("latin-1").split("\n")[1:]:
        text = line.rstrip("\r")
        if not text.strip():
            continue
        if text[0] in " \t" and found:
            name, value = found[-1]
            found[-1] = (name, f"{value} {text.strip()}")
        elif len(found) == most:
            break
        else:
            name, _, value = text.partition(":")
            found.append((name, value.strip()))
    return found


def framing_of(
    fields: Iterable[tuple[str, str]], *, method: str, status: int, http_version: str
) -> Framing:
    """Return how a body is delimited, by what its head says (RFC 9112, 6.3)."""
    if http_version == "HTTP/2":
        return "h2"
    if method == "HEAD" or status < 200 or status in (204, 304):
        return "none"
    named = [(name.strip().lower(), value.lower()) for name, value in fields]
    chunked = any(n == "transfer-encoding" and "chunked" in v for n, v in named)
    length = any(n == "content-length" for n, _ in named)
    if chunked and length:
        return "both"
    return "chunked" if chunked else "length" if length else "close"
