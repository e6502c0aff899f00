"""MCP servers by the words of their refusals and keep-alive comments."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal

from streamtriage.knowledge.rows import Fact, OptionalNumber, load

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtriage.model import Exchange

__all__ = ["Dialect", "dialects", "spoken"]


class Dialect(Fact):
    """One sign by which one implementation is known.

    A `body` holds the text, in whatever case; a `body-exact` is the text, case and all;
    a `comment` begins with it; a `name` is what the server calls itself. A `header` is
    `name: beginning of its value`, or the beginning of a name; `*` skips what varies.
    """

    server: str
    says: str
    where: Literal["header", "body", "body-exact", "comment", "name"]
    status: OptionalNumber
    code: OptionalNumber
    text: str
    certainty: Literal["decisive", "likely"]
    note: str


@cache
def dialects() -> tuple[Dialect, ...]:
    """Return every known sign, in the order in which they decide.

    Those that leave no doubt come first, then headers, which no other product copies
    with a text, then the longest text.
    """
    table = load("dialects", Dialect)
    return tuple(sorted(table, key=_weight))


def _weight(row: Dialect) -> tuple[bool, bool, int]:
    return row.certainty != "decisive", row.where != "header", -len(row.text)


def spoken(exchanges: Iterable[Exchange], name: str = "") -> Dialect | None:
    """Return the dialect that the server speaks, or None if none is known.

    `name` is what the server calls itself in its answer to `initialize`.
    """
    seen = tuple(exchanges)
    for row in dialects():
        if row.where == "name" and row.text in name.lower():
            return row
        if any(_said(row, each) for each in seen):
            return row
    return None


def _said(row: Dialect, seen: Exchange) -> bool:
    if row.where == "header":
        return any(
            _heads(row.text, f"{n}: {v}".lower()) for n, v in seen.headers.items()
        )
    if row.where == "comment":
        return seen.is_event_stream and _comments(row.text, seen.excerpt.lower())
    if row.status != seen.status or (row.code or None) != _code(row, seen):
        return False
    body = seen.excerpt.strip()
    if row.where == "body-exact":
        return body == row.text
    return row.where == "body" and row.text in body.lower()


def _heads(text: str, line: str) -> bool:
    """Tell whether a header begins with the text; `*` stands for anything."""
    first, _, rest = text.partition("*")
    return line.startswith(first) and rest in line


def _code(row: Dialect, seen: Exchange) -> float | None:
    return None if row.code is None else seen.jsonrpc_code


def _comments(text: str, excerpt: str) -> bool:
    said = (line[1:].strip() for line in excerpt.splitlines() if line.startswith(":"))
    # A date follows `ping - 20`; the others are whole comments.
    whole = not text.endswith("20")
    return any(line == text if whole else line.startswith(text) for line in said)
