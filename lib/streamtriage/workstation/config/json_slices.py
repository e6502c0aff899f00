"""Read chosen parts of a JSON file; the rest is skipped as text, never decoded."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from typing import TYPE_CHECKING

from streamtriage.on_first_use import compile_later

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = [
    "Lines",
    "ShapeError",
    "line_of",
    "load",
    "members",
    "parts",
    "without_comments",
]

# What is never closed runs to the end: whoever searched on behind its beginning would
# read the rest once for each quote in it, and a minute of it is in 100 kB.
_OPEN_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)'
_STRING = compile_later(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_SPACE = compile_later(r"\s*+")
_SCALAR = compile_later(r"[^\s,\]}\"{\[]++")
# From one bracket to the next; strings between them are passed over in one go.
_BRACKET = compile_later(rf'(?:[^"{{}}\[\]]++|{_OPEN_STRING})*+([{{}}\[\]])', re.DOTALL)
_COMMENT = compile_later(
    rf"{_OPEN_STRING}|//[^\n]*+|/\*.*?(?:\*/|\Z)|,(?=\s*+[}}\]])", re.DOTALL
)


class ShapeError(ValueError):
    """A file is not what its name says; the message names the line."""


def without_comments(text: str) -> str:
    """Blank out comments and trailing commas, where a client allows them."""
    without = _COMMENT.sub(_blank, text)
    return _COMMENT.sub(_blank, without)


def _blank(found: re.Match[str]) -> str:
    text = found[0]
    return text if text[0] == '"' else re.sub(r"[^\n]", " ", text)


class Lines:
    """The number of the line in which a place of a text lies, counted once."""

    def __init__(self, text: str) -> None:
        self._ends = [found.start() for found in re.finditer("\n", text)]

    def of(self, place: int) -> int:
        """Return the number of the line; the first one is 1."""
        return bisect_left(self._ends, place) + 1


def line_of(text: str, place: int) -> int:
    """Return the number of the line in which a place lies."""
    return text.count("\n", 0, place) + 1


def _wrong(text: str, place: int) -> ShapeError:
    return ShapeError(f"it is not JSON at line {line_of(text, place)}")


def _after_space(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    return found.end() if found else place


def _value_end(text: str, place: int) -> int:
    opener = text[place : place + 1]
    if opener == '"':
        found = _STRING.match(text, place)
    elif opener in ("{", "["):
        return _nested_end(text, place)
    else:
        found = _SCALAR.match(text, place)
    if found is None:
        raise _wrong(text, place)
    return found.end()


def _nested_end(text: str, place: int) -> int:
    depth = 0
    while (token := _BRACKET.match(text, place)) is not None:
        place = token.end()
        if token[1] in "{[":
            depth += 1
        else:
            depth -= 1
            if depth == 0:
                return place
    raise _wrong(text, len(text))


def members(text: str, place: int = 0) -> Iterator[tuple[str, int, int]]:
    """Yield each name of the object at `place`, with where its value starts and ends.

    Raises ShapeError.
    """
    place = _after_space(text, place)
    if text[place : place + 1] != "{":
        raise _wrong(text, place)
    place = _after_space(text, place + 1)
    while text[place : place + 1] != "}":
        name = _STRING.match(text, place)
        if name is None:
            raise _wrong(text, place)
        colon = _after_space(text, name.end())
        start = _after_space(text, colon + 1)
        if text[colon : colon + 1] != ":":
            raise _wrong(text, colon)
        end = _value_end(text, start)
        yield load(name[0]), start, end  # type: ignore[misc]
        place = _after_space(text, end)
        if text[place : place + 1] == ",":
            place = _after_space(text, place + 1)
        elif text[place : place + 1] != "}":
            raise _wrong(text, place)


def parts(
    text: str, wanted: Collection[str], place: int = 0
) -> dict[str, tuple[int, int]]:
    """Return where the wanted members of an object lie. Raises ShapeError."""
    return {
        name: (start, end)
        for name, start, end in members(text, place)
        if name in wanted
    }


def load(text: str) -> object:
    """Decode one part. Raises ShapeError, whose message holds nothing of the part."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as problem:
        raise _wrong(text, problem.pos) from None
    except (ValueError, RecursionError):
        raise ShapeError("it is not JSON") from None
