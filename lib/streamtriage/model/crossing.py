"""What a field says of how its text crosses the wall on the way in."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Crossing"]


@dataclass(frozen=True, slots=True)
class Crossing:
    """How a text from outside is let in: as what, and how much of it is kept.

    It is cut after it was redacted, to `at_most` characters (0: all of it), since a
    secret that is cut first is not known again. `address` is for URLs, absolute or not.
    """

    at_most: int = 0
    address: bool = False
