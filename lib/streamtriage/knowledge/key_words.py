"""How gateways say that a key is refused, in other answers than 401."""

from __future__ import annotations

from functools import cache

from streamtriage.knowledge.rows import Fact, load

__all__ = ["KeyWord", "key_word", "key_words"]


class KeyWord(Fact):
    """One product's words for a refused key; `means` follows its name."""

    product: str
    status: int
    text: str
    means: str


@cache
def key_words() -> tuple[KeyWord, ...]:
    """Return every known wording."""
    return load("key_words", KeyWord)


def key_word(status: int | None, text: str) -> KeyWord | None:
    """Return the row whose status and words these are; None if there is none."""
    fits = (r for r in key_words() if r.status == status and r.text in text)
    return next(fits, None)
