"""Keys and tokens that their issuer made recognisable."""

from __future__ import annotations

import re
from functools import cache

from streamtriage.knowledge.secret_kinds import secret_kinds
from streamtriage.redaction.randomness import is_random

__all__ = ["WORTH_A_LOOK", "in_no_word", "is_kind", "kinds"]

# Any kind has so many characters in a row; most texts have not.
WORTH_A_LOOK = re.compile(r"[A-Za-z0-9_+/=.~:!-]{16}")
# A kind begins where a word does, or behind what escapes a sign in JSON and in URLs.
_BEGINS = (
    r"(?:(?<![A-Za-z0-9])|(?<=\\[nrtbf])|(?<=%[0-9A-Fa-f][0-9A-Fa-f])"
    r"|(?<=\\u00[0-9a-fA-F][0-9a-fA-F])|(?<=&amp)|(?<=[Bb]earer))"
)
# Style sheets, slugs and file names begin as keys do, and go on in plain words.
_WORDS = re.compile(r"[a-z]{2,6}[-_](?:[a-z]{2,20}[-_])*[a-z]{2,20}(?:[-_]\d{1,3})?")


@cache
def kinds() -> re.Pattern[str]:
    """Return one pattern for all kinds of the table."""
    return re.compile(f"{_BEGINS}(?:{'|'.join(row.shape for row in secret_kinds())})")


def in_no_word(found: str) -> bool:
    """Tell a key from a name of plain words with the same beginning."""
    return not _WORDS.fullmatch(found) or (len(found) > 30 and is_random(found))


def is_kind(text: str) -> bool:
    """Tell whether a whole text begins as a key of a known kind does."""
    found = kinds().match(text)
    return found is not None and in_no_word(found[0])
