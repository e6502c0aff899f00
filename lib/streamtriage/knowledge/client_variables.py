"""Environment variables that bear on a remote server, and what each does."""

from __future__ import annotations

from functools import cache
from typing import Literal

from streamtriage.knowledge.rows import Fact, rows

__all__ = ["KnownVariable", "known_variables"]


class KnownVariable(Fact):
    """One variable; `shows` says which part of its value may be told.

    value: a bounded plain value. url: without userinfo and query. hosts: a list of
    hosts. path: a path below the home folder. flags: known options only. set: nothing.
    """

    name: str
    client: str
    shows: Literal["value", "url", "hosts", "path", "flags", "set"]
    does: str


@cache
def known_variables() -> tuple[KnownVariable, ...]:
    """Return the known variables, in the order of the table."""
    return tuple(KnownVariable.model_validate(row) for row in rows("client_variables"))
