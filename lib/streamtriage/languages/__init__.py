"""The catalogue of sentences, one for each language, by the id of each.

English stands in `en/LC_MESSAGES/streamtriage.po`, and nowhere else; each other
language is a file of the same form. `make languages` compiles them, and lists in each
what it lacks.
"""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations
from importlib import resources
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["DOMAIN", "LANGUAGES", "Language", "has_sentence", "sentence"]

Language = Literal["en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
DOMAIN = "streamtriage"


def sentence(
    name: str, values: Mapping[str, str | int | float], language: Language
) -> str:
    """Return a sentence with its values; raises `KeyError` where there is none.

    Where it counts something, `n` chooses its form.
    """
    number = values.get("n")
    written = _written(name, number if isinstance(number, int) else None, language)
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
