"""A pasted text made plain: without colours, escapes, wrappers and wraps."""

from __future__ import annotations

import html
import json
import re
from bisect import bisect_right
from typing import TYPE_CHECKING

from streamtriage.on_first_use import compile_later

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SEAM", "Ink", "plain"]

# Parts values of one JSON record. NUL is free for it because input loses its NULs.
SEAM = "\x00"

_JSON_DEPTH = 8
# Only complete colour, cursor and link sequences: half a sequence must not swallow the
# first letter of a message.
_COLOUR = compile_later(
    r"\x1b\[[0-9;?]{0,20}[mKJHABCDGsuhl]|\x1b\]\d{1,4};[^\x07\x1b\s]*(?:\x07|\x1b\\)"
    # As an escape shows where it was printed as letters, or left out.
    r"|(?:\^|\u241b|\\(?:x1b|033|e|u\{1b\}))?\[(?:\d{1,3};){0,4}\d{1,3}m",
    re.IGNORECASE,
)
_ESCAPE = compile_later(r"\\(u[0-9a-fA-F]{4}|[\"'/\\nrt])")
_ESCAPED = {"n": "\n", "r": "\n", "t": "\t"}
# What is no ASCII, as Python prints bytes.
_BYTES = compile_later(r"(?:\\x[89a-f][0-9a-f]){2,400}", re.IGNORECASE)
_QUOTE_MARKS = compile_later(r"^[ \t]*[>|│┃][>|│┃ \t]*", re.MULTILINE)


def plain(text: str) -> str:
    """Return the readable text of a log or prose, one record a line.

    NULs go first: UTF-16 read as bytes has one beside every letter. Never raises.
    """
    if not text:
        return ""
    text = text.replace(SEAM, "")
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = "\n".join(_record(line) for line in text.split("\n"))
    text = _COLOUR.sub("", html.unescape(text).replace("\xa0", " "))
    text = _QUOTE_MARKS.sub("", text)
    # Half a surrogate pair can be neither printed nor written to a report.
    return text.encode("utf-8", "replace").decode("utf-8")


def _record(line: str) -> str:
    if line.lstrip("\ufeff \t")[:1] in ("{", "["):
        values = _json_values(line.strip("\ufeff \t,"))
        if values is not None:
            return SEAM.join(values)
    return _unescaped(line)


def _json_values(line: str) -> list[str] | None:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict | list):
        return None
    return list(_values(record, "", _JSON_DEPTH))


def _values(value: object, key: str, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        yield _text_value(value, depth)
    elif isinstance(value, int) and not isinstance(value, bool):
        # Keeps `"code": 409` readable beside the message that it explains.
        yield f"{key}: {value}"
    elif depth and isinstance(value, dict):
        for name, item in value.items():
            yield from _values(item, str(name), depth - 1)
    elif depth and isinstance(value, list):
        for item in value:
            yield from _values(item, key, depth - 1)


def _text_value(value: str, depth: int) -> str:
    value = value.replace(SEAM, "")
    if depth and value[:1] == "{":
        nested = _json_values(value)
        if nested is not None:
            return SEAM.join(nested)
    # A line that a program had quoted before another wrote it down as JSON.
    return _unescaped(value)


def _unescaped(line: str) -> str:
    """Undo JSON escapes by eye, twice, for JSON that is broken or cut or nested."""
    for _ in range(2):
        if "\\" not in line:
            break
        line = _BYTES.sub(_decode, _ESCAPE.sub(_unescape, line))
    return line.replace(SEAM, "")


def _unescape(escape: re.Match[str]) -> str:
    code = escape[1]
    if len(code) > 1:
        return chr(int(code[1:], 16))
    return _ESCAPED.get(code, code)


def _decode(escapes: re.Match[str]) -> str:
    raw = bytes.fromhex(escapes[0].lower().replace("\\x", ""))
    return raw.decode("utf-8", "replace")


# Spaces, line ends, zero-width characters and the sides of terminal boxes.
_WORD = compile_later(r"[^\s\u00ad\u200b-\u200f\u2060\ufeff\u2502\u2503\u2551]+")


class Ink:
    """Lower-case letters of a text without any space, and where each one stood.

    Text wrapped by a terminal, a mail or a form, even inside a word, reads the same.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        words = [(m.start(), m[0]) for m in _WORD.finditer(text)]
        # The one letter whose lower case is longer than itself would shift the places.
        self.cased = "".join(w for _, w in words).replace("\u0130", "I")
        self.letters = self.cased.lower()
        self._places = [place for place, _ in words]
        self._firsts: list[int] = []
        first = 0
        for _, word in words:
            self._firsts.append(first)
            first += len(word)

    def place(self, letter: int) -> int:
        """Return where in the text a letter stands; the text's end after the last."""
        if letter >= len(self.letters):
            return len(self.text)
        word = bisect_right(self._firsts, letter) - 1
        return self._places[word] + letter - self._firsts[word]

    def letter(self, place: int) -> int:
        """Return the first letter that stands at a place of the text or after it."""
        word = bisect_right(self._places, place) - 1
        if word < 0:
            return 0
        after = self._firsts[word + 1 : word + 2] or [len(self.letters)]
        return min(self._firsts[word] + place - self._places[word], after[0])

    def end(self, letter: int) -> int:
        """Return the place right after the letter before `letter`."""
        return self.place(letter - 1) + 1 if letter else 0
