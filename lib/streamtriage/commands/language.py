"""The option that every command has which shows a verdict: in which language."""

from __future__ import annotations

from typing import Annotated

import typer

from streamtriage.languages import LANGUAGES, language_named, speak, translate

__all__ = ["LanguageOption"]


def _speak(name: str) -> None:
    if not name:
        return
    language = language_named(name)
    if language is None:
        known = ", ".join(LANGUAGES)
        raise typer.BadParameter(
            translate(
                "{name} is not among the languages: {known}.", name=name, known=known
            )
        )
    speak(language)


LanguageOption = Annotated[
    str,
    typer.Option(
        "--lang",
        metavar="LANG",
        callback=_speak,
        is_eager=True,
        help="Language of the verdict: en, zh-CN. Else STREAMTRIAGE_LANG or LANG says.",
    ),
]
