"""MCP servers by their headers, and the words of their refusals and comments."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal

from streamtriage.knowledge.families import family_of
from streamtriage.knowledge.rows import Fact, OptionalNumber, load

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtriage.model import Exchange

__all__ = ["Dialect", "dialects", "spoken"]


class Dialect(Fact):
    """One sign that an implementation gives in one situation, in lower case.

    A `body-exact` is the whole text, case and all. A `header` is `name: the start of
    its value`, or the start of a name, where `*` skips what varies; it tells the
    language that a server is written in, and what only its words make likely does not
    stand against that. A `name` is what the server calls itself.
    """

    server: str
    says: str
    where: Literal["body", "body-exact", "comment", "name", "header"]
    status: OptionalNumber
    code: OptionalNumber
    text: str
    certainty: Literal["decisive", "likely"]
    note: str


@cache
def dialects() -> tuple[Dialect, ...]:
    """Return every known text, those that leave no doubt first, then the longest."""
    table = load("dialects", Dialect)
    return tuple(
        sorted(table, key=lambda row: (row.certainty != "decisive", -len(row.text)))
    )


def spoken(exchanges: Iterable[Exchange], name: str = "") -> Dialect | None:
    """Return the dialect that the server speaks, or None if none is known.

    `name` is what the server calls itself in its answer to `initialize`.
    """
    seen = tuple(exchanges)
    headed = [row for row in dialects() if row.where == "header" and _heads(row, seen)]
    families = {family_of(row.server) for row in headed}
    for row in dialects():
        other = families and family_of(row.server) not in families
        if row.where == "header" or (other and row.certainty != "decisive"):
            continue
        if row.where == "name" and row.text in name.lower():
            return row
        if any(_said(row, each) for each in seen):
            return row
    return headed[0] if headed else None


def _heads(row: Dialect, seen: Iterable[Exchange]) -> bool:
    lines = (f"{n}: {v}".lower() for each in seen for n, v in each.headers.items())
    first, _, rest = row.text.partition("*")
    return any(line.startswith(first) and rest in line for line in lines)


def _said(row: Dialect, seen: Exchange) -> bool:
    if row.where == "comment":
        return seen.is_event_stream and _comments(row.text, seen.excerpt.lower())
    if row.status != seen.status or (row.code or None) != _code(row, seen):
        return False
    body = seen.excerpt.strip()
    if row.where == "body-exact":
        return body == row.text
    return row.where == "body" and row.text in body.lower()


def _code(row: Dialect, seen: Exchange) -> float | None:
    return None if row.code is None else seen.jsonrpc_code


def _comments(text: str, excerpt: str) -> bool:
    said = (line[1:].strip() for line in excerpt.splitlines() if line.startswith(":"))
    # A date follows `ping - 20`; the others are whole comments.
    whole = not text.endswith("20")
    return any(line == text if whole else line.startswith(text) for line in said)
