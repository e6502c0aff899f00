"""Text in the columns of a terminal, where a Chinese character takes two."""

from __future__ import annotations

import re
from textwrap import wrap
from unicodedata import east_asian_width

__all__ = ["cut_to", "pad", "width_of", "wrap_to"]

_WIDE = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uff60"
_OPENING = "\u201c\u2018\uff08\u300a\u3010\u300c"
_CLOSING = "\u201d\u2019\uff09\u300b\u3011\u300d"
_CLOSING += "\uff0c\u3002\uff1a\uff1b\u3001\uff01\uff1f\u2026"
# What stays on one line: blanks, a wide character or a word, with the marks that open
# before it and those that close behind it.
_PIECE = re.compile(
    rf"\s+|[{_OPENING}]*(?:[{_WIDE}]|[^\s{_WIDE}{_OPENING}]+)?[{_CLOSING}]*|."
)


def width_of(text: str) -> int:
    """Return how many columns a text takes."""
    if not _is_wide(text):
        return len(text)
    # On demand: it takes longer to import than a verdict takes to be drawn.
    from wcwidth import width  # noqa: PLC0415

    return width(text)


def wrap_to(text: str, columns: int) -> list[str]:
    """Return a text in lines of at most so many columns; words stay whole.

    Chinese has no blanks to break at: a line ends behind any of its characters, unless
    a mark that closes would begin the next one.
    """
    if not _is_wide(text):
        return wrap(text, columns, break_on_hyphens=False)
    from wcwidth import wrap as wrap_wide  # noqa: PLC0415

    lines = [""]
    for piece in filter(None, _PIECE.findall(text)):
        if piece.isspace():
            lines[-1] += " " if lines[-1] else ""
        elif width_of(lines[-1]) + width_of(piece) <= columns:
            lines[-1] += piece
        else:
            lines += wrap_wide(piece, columns, break_on_hyphens=False)
    return [line.rstrip() for line in lines if line]


def pad(text: str, columns: int) -> str:
    """Return a text with spaces behind it up to so many columns."""
    return text + " " * max(columns - width_of(text), 0)


def cut_to(text: str, columns: int) -> str:
    """Return the words at the beginning of a text that fit into so many columns."""
    if width_of(text) <= columns:
        return text
    if not _is_wide(text):
        return text[:columns].rpartition(" ")[0]
    from wcwidth import clip  # noqa: PLC0415

    return clip(text, 0, columns)


def _is_wide(text: str) -> bool:
    return not text.isascii() and any(east_asian_width(c) in "WF" for c in text)
