"""What some clients refuse and others do not notice, by client."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal, NewType

from streamtriage.knowledge.rows import Fact, load

__all__ = ["Met", "StrictClient", "met_by", "strict_clients"]

# The oddity that is met, by its name in the observations.
Met = NewType("Met", str)


class StrictClient(Fact):
    """One client and one oddity that it meets: what becomes of it, and what it prints.

    `words` matches what a person types for the client, `prints` what stands in its
    text. `effect` is "none" where the client does not notice.
    """

    client: str
    words: str
    meets: Met
    effect: Literal["fatal", "degraded", "cosmetic", "none"]
    prints: str
    says: str


@cache
def strict_clients() -> tuple[StrictClient, ...]:
    """Return every row."""
    return load("strict_clients", StrictClient)


def met_by(meets: Met, client: str, text: str) -> StrictClient | None:
    """Return the row of the client that printed a text, else of the one that is named.

    None where neither is known.
    """
    rows = [row for row in strict_clients() if row.meets == meets]
    printed = (row for row in rows if row.prints and row.prints in text)
    named = (row for row in rows if re.search(row.words, client, re.IGNORECASE))
    return next(printed, None) or (next(named, None) if client.strip() else None)
