"""Keys and tokens that their issuer made recognisable."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from ahocorasick_rs import AhoCorasick

from streamtriage.knowledge.rows import rows
from streamtriage.on_first_use import compile_later
from streamtriage.redaction.randomness import is_random

__all__ = ["A_RUN", "WORTH_A_LOOK", "in_no_word", "kinds_in", "shapes_in"]

# A key that is in use has so many characters in a row; most texts have not. The shapes
# take shorter ones too, of which none has fewer than `A_RUN`.
WORTH_A_LOOK = compile_later(r"[A-Za-z0-9_+/=.~:!-]{16}")
A_RUN = compile_later(r"[A-Za-z0-9_+/=.~:!-]{8,}")
# A kind begins where a word does, or behind what escapes a sign in JSON and in URLs.
_BEGINS = (
    r"(?:(?<![A-Za-z0-9])|(?<=\\[nrtbf])|(?<=%[0-9A-Fa-f][0-9A-Fa-f])"
    r"|(?<=\\u00[0-9a-fA-F][0-9a-fA-F])|(?<=&amp)|(?<=[Bb]earer))"
)
# Style sheets, slugs and file names begin as keys do, and go on in plain words.
_WORDS = compile_later(r"[a-z]{2,6}[-_](?:[a-z]{2,20}[-_])*[a-z]{2,20}(?:[-_]\d{1,3})?")
# An anchor with fewer signs stands in any longer text.
_TELLING = 3


class _Kinds(NamedTuple):
    """The shapes in their order, and one automaton for all of their anchors.

    `kind_of` has the place of the shape for each anchor. `any_text` are the places of
    those whose anchors stand in ordinary text too: these are always tried.
    """

    shapes: tuple[str, ...]
    automaton: AhoCorasick
    kind_of: tuple[int, ...]
    any_text: frozenset[int]


@cache
def _kinds() -> _Kinds:
    # A test checks the rows as a whole, so nothing is checked here.
    table = rows("secret_kinds")
    told: list[tuple[str, int]] = []
    any_text = set()
    for place, row in enumerate(table):
        anchors = row["anchors"].split()
        if min(map(len, anchors)) < _TELLING:
            any_text.add(place)
        else:
            told += ((anchor, place) for anchor in anchors)
    return _Kinds(
        tuple(row["shape"] for row in table),
        AhoCorasick([anchor for anchor, _ in told]),
        tuple(place for _, place in told),
        frozenset(any_text),
    )


def shapes_in(text: str) -> str:
    """Return one pattern for the kinds of which a text may hold one, by their anchors.

    No other kind can be in it. Compiling all of them takes 10 ms, and finding the few
    that count in a report of 100 kB less than one.
    """
    kinds = _kinds()
    found = set(kinds.any_text)
    # Bytes that are no text are lone surrogates in it, which the automaton refuses;
    # no anchor has any.
    whole = text.encode("utf-8", "replace").decode("utf-8")
    for anchor, _, _ in kinds.automaton.find_matches_as_indexes(
        whole, overlapping=True
    ):
        found.add(kinds.kind_of[anchor])
    return f"{_BEGINS}(?:{'|'.join(kinds.shapes[place] for place in sorted(found))})"


def kinds_in(text: str) -> re.Pattern[str]:
    """Return `shapes_in`, compiled."""
    return _compiled(shapes_in(text))


@lru_cache(maxsize=512)
def _compiled(shapes: str) -> re.Pattern[str]:
    return re.compile(shapes)


def in_no_word(found: str) -> bool:
    """Tell a key from a name of plain words with the same beginning."""
    return not _WORDS.fullmatch(found) or (len(found) > 30 and is_random(found))
