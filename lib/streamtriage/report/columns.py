"""Text in the columns of a terminal, where a Chinese character takes two."""

from __future__ import annotations

from textwrap import wrap
from unicodedata import east_asian_width

__all__ = ["cut_to", "pad", "width_of", "wrap_to"]


def width_of(text: str) -> int:
    """Return how many columns a text takes."""
    if not _is_wide(text):
        return len(text)
    # On demand: it takes longer to import than a verdict takes to be drawn.
    from wcwidth import width  # noqa: PLC0415

    return width(text)


def wrap_to(text: str, columns: int) -> list[str]:
    """Return a text in lines of at most so many columns; words stay whole."""
    if not _is_wide(text):
        return wrap(text, columns, break_on_hyphens=False)
    from wcwidth import wrap as wrap_wide  # noqa: PLC0415

    return wrap_wide(text, columns, break_on_hyphens=False)


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
