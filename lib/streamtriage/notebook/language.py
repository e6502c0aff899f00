"""The language of one kernel: what a person chose there, gave, or is set up for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from streamtriage.languages import (
    LANGUAGES,
    language_named,
    language_of,
    speak,
    translate,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamtriage.languages import Language

__all__ = ["choose_language", "language_given", "speak_for"]

# By the button of a form: the cell of the form may be run again, and it stands.
_chosen: list[Language] = []


def choose_language(language: Language | None) -> None:
    """Speak a language for as long as the kernel lives, whatever is given later.

    None takes the choice back.
    """
    _chosen[:] = [language] if language is not None else []
    if language is not None:
        speak(language)


def speak_for(given: str, environ: Mapping[str, str] | None = None) -> Language:
    """Speak what was chosen here, else what was given, else what the machine is in."""
    env = os.environ if environ is None else environ
    chosen = _chosen[0] if _chosen else language_named(given) if given else None
    language = chosen or language_of(env)
    speak(language)
    return language


def language_given(name: str) -> str:
    """Return the language that a name means, "" for none; raises ValueError."""
    language = language_named(name) if name else None
    if name and language is None:
        raise ValueError(
            translate(
                "It is not among the languages: {known}.", known=", ".join(LANGUAGES)
            )
        )
    return language or ""
