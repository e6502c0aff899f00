"""Version numbers of clients, compared as numbers."""

from __future__ import annotations

from streamtriage.on_first_use import compile_later

__all__ = ["Version", "between", "version_of"]

Version = tuple[int, ...]

_VERSION = compile_later(r"(?<![\d.])(\d{1,4}\.\d{1,4}\.\d{1,5})(?![\d])")


def version_of(text: str) -> Version:
    """Return the first version number in a text, or an empty tuple."""
    found = _VERSION.search(text)
    return tuple(map(int, found[1].split("."))) if found else ()


def between(version: str, first: str, last: str) -> bool:
    """Tell whether a version lies between two others; an empty one is no bound."""
    number = version_of(version)
    if not number:
        return False
    return (not first or version_of(first) <= number) and (
        not last or number <= version_of(last)
    )
