"""A client's text as a template, and the pattern that finds it in the ink."""

from __future__ import annotations

import re
from functools import cache

from streamtriage.error_text.reason_phrases import phrases
from streamtriage.on_first_use import compile_later

__all__ = ["beginning", "compile_template", "literals"]

_PHRASES = "|".join(map(re.escape, phrases()))
# Matched on lower-case letters without spaces; each is bounded, so that a search stays
# linear, and none crosses into another value of the same JSON record.
_FIELDS = {
    "status": r"(?P<status>[1-5]\d\d)",
    "reason": r"[^\x00)\"]{0,80}?",
    "url": r"https?://[^\x00]{1,300}?",
    "name": r"[^\x00]{1,80}?",
    "number": r"\d{1,9}",
    "version": r"(?P<version>\d{1,4}\.\d{1,4}\.\d{1,5})",
    # A status in words, by a client that prints those of its own library.
    "phrase": rf"(?P<phrase>{_PHRASES})",
    "any": r"[^\x00]{0,200}?",
    # Between two values of one JSON record.
    "seam": r"\x00",
}
_FIELD = compile_later(r"\{(\w+)\}")


def _letters(text: str, *, cased: bool = False) -> str:
    letters = "".join(text.split())
    return letters if cased else letters.lower()


@cache
def compile_template(template: str, *, cased: bool = False) -> re.Pattern[str]:
    """Return the pattern of a template on `Ink.letters`, or on `Ink.cased`.

    A template is the text as printed, with {status}, {phrase}, {reason}, {url}, {name},
    {number}, {version} and {any} where it differs from run to run; {seam} parts two
    values of one JSON record. Raises KeyError for any other
    field and ValueError if it does not begin with a text of its own, or with {status}.
    """
    parts = _FIELD.split(template)
    if not _letters(parts[0]) and parts[1] != "status":
        raise ValueError(f"{template!r} begins with a field; begin it with a text.")
    pattern, seen = "", set()
    for index, part in enumerate(parts):
        if index % 2 == 0:
            pattern += re.escape(_letters(part, cased=cased))
        elif part in seen and "(?P<" in _FIELDS[part]:
            pattern += f"(?P={part})"
        else:
            seen.add(part)
            pattern += _FIELDS[part]
    return re.compile(pattern)


@cache
def beginning(template: str) -> str:
    """Return the letters with which whatever a template fits begins."""
    return _letters(literals(template)[0])


def literals(template: str) -> tuple[str, ...]:
    """Return the parts of a template that stand in every text, as printed."""
    return tuple(part for part in _FIELD.split(template)[::2] if part.strip())
