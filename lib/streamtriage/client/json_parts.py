"""Read chosen parts of a JSON file; the rest is skipped as text, never decoded."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

__all__ = ["ShapeError", "line_of", "load", "members", "parts", "without_comments"]

_STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_SPACE = re.compile(r"\s*")
_SCALAR = re.compile(r"[^\s,\]}\"{\[]+")
_STRUCTURE = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\]]', re.DOTALL)
_COMMENT = re.compile(
    r'"[^"\\]*(?:\\.[^"\\]*)*"|//[^\n]*|/\*.*?\*/|,(?=\s*[}\]])', re.DOTALL
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
    for token in _STRUCTURE.finditer(text, place):
        mark = token[0]
        if mark in "{[":
            depth += 1
        elif mark in "}]":
            depth -= 1
            if depth == 0:
                return token.end()
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
