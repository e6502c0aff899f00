"""The catalogue of sentences, one for each language, by the id of each.

English stands in `en/LC_MESSAGES/streamtriage.po`, and nowhere else; each other
language is a file of the same form. `make languages` compiles them, and lists in each
what it lacks.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import GNUTranslations
from importlib import resources
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "CONTEXT",
    "DOMAIN",
    "LANGUAGES",
    "Language",
    "has_sentence",
    "language_named",
    "language_of",
    "sentence",
    "speak",
    "speaking",
    "spoken",
    "translate",
    "translated",
]

Language = Literal["en", "zh-CN"]
_FIRST: Language = "en"
LANGUAGES: tuple[Language, ...] = get_args(Language)
DOMAIN = "streamtriage"
# Under which a text that never changes stands in a catalogue, by its English.
CONTEXT = "text"
_SENTENCE_END = re.compile(r"(?<=[.?]) ")
_spoken: ContextVar[Language | None] = ContextVar("language", default=None)
# What all else of this program is in: a notebook's cells and buttons share no context.
_always: list[Language] = ["en"]


@contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Make documents in a language: what `tell` and `translate` say within is in it."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def speak(language: Language) -> None:
    """Make documents in a language from now on, in the whole program."""
    _always[:] = [language]


def language_of(environment: Mapping[str, str]) -> Language:
    """Return the language that a person's environment asks for, English if none.

    STREAMTRIAGE_LANG goes before what the system's own variables say, in their order
    (POSIX, 8.2). Traditional Chinese is asked for by nobody's catalogue: whoever reads
    it gets the simplified one.
    """
    for name in ("STREAMTRIAGE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = environment.get(name, "")
        if value:
            return language_named(value) or _FIRST
    return _FIRST


def language_named(name: str) -> Language | None:
    """Return the language of a name such as `zh_CN.UTF-8`; None where there is none."""
    tongue = name.replace("_", "-").partition(".")[0].partition("-")[0].lower()
    found = (each for each in LANGUAGES if each.partition("-")[0] == tongue)
    return next(found, None)


def spoken() -> Language:
    """Return the language in which documents are made at this moment."""
    return _spoken.get() or _always[0]


def translate(text: str, /, **values: object) -> str:
    """Return a text of ours in the language spoken, else as it is, with its values.

    Where several sentences of the catalogue stand one after the other, each is said by
    itself. Values are named as in `str.format`; messages among them are said too.
    """
    said = _translated(text)
    if not values:
        return said
    return said.format_map({name: _in_words(each) for name, each in values.items()})


def _in_words(value: object) -> object:
    """Return a message in the language spoken, and anything else as it is."""
    text = getattr(value, "text", None)
    return text(spoken()) if callable(text) else value


def _translated(written: str) -> str:
    return translated(written, spoken())


def translated(written: str, language: Language) -> str:
    """Return a text of ours in a language, else as it is."""
    text = written.strip("\n")
    if language == _FIRST or not text:
        return written
    # The lines around a paragraph are no part of what is said.
    before, _, after = written.partition(text)
    return f"{before}{_said(text, _catalogue(language))}{after}"


def _said(text: str, catalogue: GNUTranslations) -> str:
    whole = catalogue.pgettext(CONTEXT, text)
    if whole != text:
        return whole
    parts = _SENTENCE_END.split(text)
    said = [catalogue.pgettext(CONTEXT, part) for part in parts]
    return text if said == parts else "".join(_apart(said, parts))


def _apart(said: list[str], parts: list[str]) -> Iterator[str]:
    """Yield sentences; only before and after one that stays English is a blank."""
    for place, (told, english) in enumerate(zip(said, parts, strict=True)):
        after_english = place > 0 and said[place - 1] == parts[place - 1]
        yield f" {told}" if place and (after_english or told == english) else told


def sentence(
    name: str, values: Mapping[str, str | int | float], language: Language
) -> str:
    """Return a sentence with its values; raises `KeyError` where there is none.

    Where it counts something, `n` chooses its form. What a language lacks is English.
    """
    number = values.get("n")
    counted = number if isinstance(number, int) else None
    written = _written(name, counted, language) or _written(name, counted, _FIRST)
    if not written:
        raise KeyError(name)
    return written.format_map(values)


def has_sentence(name: str, language: Language = "en") -> bool:
    """Tell whether a language has a sentence of this name."""
    return bool(_written(name, None, language))


def _written(name: str, number: int | None, language: Language) -> str:
    """Return the form for this number, if it has several; empty where there is none."""
    catalogue = _catalogue(language)
    form = "" if number is None else catalogue.ngettext(name, "", number)
    written = form if form not in ("", name) else catalogue.gettext(name)
    return "" if written == name else written


@cache
def _catalogue(language: Language) -> GNUTranslations:
    folder = resources.files("streamtriage.languages")
    place = folder / language.replace("-", "_") / "LC_MESSAGES" / f"{DOMAIN}.mo"
    with place.open("rb") as compiled:
        return GNUTranslations(compiled)
