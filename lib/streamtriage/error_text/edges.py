"""A paste that begins or ends inside a known text, made whole at that edge."""

from __future__ import annotations

from functools import cache

from streamtriage.error_text.reasons import CUT, OPEN, REOPEN
from streamtriage.error_text.templates import literals
from streamtriage.knowledge.client_texts import client_texts

__all__ = ["whole_edges"]

# Fewer letters than these are the words of anybody, and so are shorter texts.
LEAST, SHORTEST = 14, 24
# So much of a text must be there: less where it was cut inside a word, which nobody
# writes, than where it was cut between two.
INSIDE_WORD, BETWEEN_WORDS = 0.55, 0.7
# What stands around a paste that was cut: quotes, and the dots that say so.
_AROUND = " \t\r\n\"'`.\u2026>|"


@cache
def _known() -> tuple[tuple[str, str], ...]:
    """Return the beginning of each known text, with and without its spaces."""
    texts: set[str] = set()
    for client in client_texts():
        for text in (*client.marks, *(row.text for row in client.texts)):
            if not text.startswith("{"):
                texts.add(literals(text)[0])
    long = {text for text in texts if len(_letters(text)) >= SHORTEST}
    return tuple((_letters(text), text) for text in sorted(long | {REOPEN, OPEN, CUT}))


def _letters(text: str) -> str:
    return "".join(text.split()).lower()


def whole_edges(text: str) -> str:
    """Return a text with what its first and its last known text lack.

    Where several texts can be meant, only what they have in common is added.
    """
    before, after = _lacking_before(text), _lacking_after(text)
    text = before + text.lstrip(_AROUND) if before else text
    return text.rstrip(_AROUND) + after if after else text


def _lacking_before(text: str) -> str:
    head = _letters(text.lstrip(_AROUND)[:400])
    found: dict[int, list[str]] = {}
    if any(head.startswith(letters) for letters, _ in _known()):
        return ""
    for letters, printed in _known():
        at = head.find(letters[-LEAST:], 0, len(letters) - 1)
        if at < 0 or not letters.endswith(head[: at + LEAST]):
            continue
        lacks = len(letters) - at - LEAST
        if lacks and _enough(printed, lacks, len(letters)):
            found.setdefault(at, []).append(_first(printed, lacks))
    if not found:
        return ""
    return _same_start([each[::-1] for each in found[max(found)]])[::-1]


def _lacking_after(text: str) -> str:
    tail = _letters(text.rstrip(_AROUND)[-400:])
    found: dict[int, list[str]] = {}
    for letters, printed in _known():
        at = tail.rfind(letters[:LEAST], max(0, len(tail) - len(letters) + 1))
        if at < 0 or not letters.startswith(tail[at:]):
            continue
        there = len(tail) - at
        if _enough(printed, there, len(letters), there=there):
            found.setdefault(there, []).append(printed[len(_first(printed, there)) :])
    if not found:
        return ""
    return _same_start(found[max(found)])


def _same_start(texts: list[str]) -> str:
    low, high = min(texts), max(texts)
    same = next((i for i, c in enumerate(low) if high[i : i + 1] != c), len(low))
    return low[:same]


def _enough(printed: str, place: int, size: int, *, there: int | None = None) -> bool:
    """Say whether a text that is cut at a letter shows enough of itself."""
    left = size - place if there is None else there
    before = _first(printed, place)
    inside = before[-1:].isalnum() and printed[len(before) : len(before) + 1].isalnum()
    return left >= (INSIDE_WORD if inside else BETWEEN_WORDS) * size


def _first(printed: str, count: int) -> str:
    """Return the part of a printed text that holds its first so many letters."""
    for place, letter in enumerate(printed):
        if count == 0:
            return printed[:place]
        count -= not letter.isspace()
    return printed
