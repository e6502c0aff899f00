"""What to change where, as text to paste, for each product that can be recognised."""

from __future__ import annotations

from functools import cache
from typing import Literal

from streamtriage.knowledge.rows import Fact, load

__all__ = ["Remedy", "RemedyFor", "remedies"]

RemedyFor = Literal[
    "idle",
    "total",
    "buffer",
    "answer-405",
    "allow-get",
    "pass-abort",
    "drain",
    "no-cache",
    "new-session",
    "shared-state",
    "speak-sse",
    "speak-http",
]


class Remedy(Fact):
    """One change in one product that cures one kind of trouble."""

    remedy: RemedyFor
    product: str
    where: str
    what: str
    paste: str


@cache
def remedies() -> tuple[Remedy, ...]:
    """Return every known change."""
    return load("fixes", Remedy)
