"""What widgets are called, and the button that says it all in the other language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from streamtriage.languages import LANGUAGES, Language, spoken, translate
from streamtriage.notebook.language import choose_language

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Labels", "LanguageButton"]

# Each in its own words: who looks for it reads no other.
_NAMES: dict[Language, str] = {"en": "English", "zh-CN": "中文"}


class Labels:
    """What the widgets of one form say, kept in English to be said again."""

    def __init__(self) -> None:
        self._said: dict[tuple[int, str], tuple[Any, str]] = {}

    def name(self, widget: Any, **texts: str) -> Any:  # noqa: ANN401 - ipywidgets has no types
        """Say texts of ours at traits of a widget, and return it."""
        for trait, text in texts.items():
            self._said[id(widget), trait] = widget, text
            setattr(widget, trait, translate(text))
        return widget

    def button(self, *, style: str = "", **texts: str) -> Any:  # noqa: ANN401
        """Make a button that says these texts."""
        made = widgets.Button(button_style=style, layout={"width": "auto"})
        return self.name(made, **texts)

    def say_again(self) -> None:
        """Say everything in the language that is spoken now."""
        for (_, trait), (widget, text) in self._said.items():
            setattr(widget, trait, translate(text))


class LanguageButton:
    """A button with the name of the other language, in that language.

    `said` is called after it was changed, to say anew what is shown.
    """

    def __init__(self, labels: Labels, said: Callable[[], None]) -> None:
        self._labels, self._told = labels, said
        self.widget: Any = widgets.Button(layout={"width": "auto"})
        self.widget.on_click(lambda _button: self.press())
        self._named()

    def press(self) -> None:
        """Speak the other language from now on, in the whole notebook."""
        choose_language(self._other)
        self._labels.say_again()
        self._named()
        self._told()

    @property
    def _other(self) -> Language:
        place = LANGUAGES.index(spoken())
        return LANGUAGES[(place + 1) % len(LANGUAGES)]

    def _named(self) -> None:
        self.widget.description = _NAMES[self._other]
        self.widget.tooltip = _NAMES[self._other]
