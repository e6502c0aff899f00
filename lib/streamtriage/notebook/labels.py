"""What widgets are called, and the button that says it all in the other language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import ipywidgets as widgets

from streamtriage.languages import LANGUAGES, Language, spoken, translate
from streamtriage.markup.html import Html, tag
from streamtriage.notebook.frontend import notebook_file
from streamtriage.notebook.language import choose_language
from streamtriage.notebook.live import dressed, line, living

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Labels", "LanguageButton", "LanguageOf"]

# Each in its own words: who looks for it reads no other.
_NAMES: dict[Language, str] = {"en": "English", "zh-CN": "中文"}


class Labels:
    """What the widgets of one form say, kept in English to be said again."""

    def __init__(self) -> None:
        self._said: dict[tuple[int, str], tuple[Any, str]] = {}

    def name(self, widget: Any, **texts: str) -> Any:  # noqa: ANN401 - ipywidgets has no types
        """Say texts of ours at traits of a widget, and return it."""
        for trait, text in texts.items():
            # In ipywidgets 7 only buttons have tips of that name.
            known = trait if widget.has_trait(trait) else f"description_{trait}"
            self._said[id(widget), known] = widget, text
            setattr(widget, known, translate(text))
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

    A kernel cannot rewrite the headings and the prose around its cells: where they are
    in another language than the one that is spoken now, the button writes the runbooks
    in it into a folder beside this one, and leads there. `written_in` is the language
    that this notebook was written in, "" for English. `said` is called after each
    change, to say anew what is shown.
    """

    def __init__(
        self,
        labels: Labels,
        said: Callable[[], None],
        *,
        runbook: str,
        written_in: str = "",
    ) -> None:
        self._labels, self._told = labels, said
        self._runbook, self._written_in = runbook, written_in or LANGUAGES[0]
        self.button: Any = widgets.Button(layout={"width": "auto"})
        self.button.on_click(lambda _button: self.press())
        self.note: Any = living()
        self.widget: Any = widgets.HBox([self.button, self.note])
        self.widget.layout.flex_flow = "row wrap"
        self._named()

    def press(self) -> None:
        """Speak the other language from now on, in the whole notebook."""
        choose_language(self._other)
        self._labels.say_again()
        self._named()
        self.note.value = dressed(self._where())
        self._told()

    @property
    def _other(self) -> Language:
        place = LANGUAGES.index(spoken())
        return LANGUAGES[(place + 1) % len(LANGUAGES)]

    def _named(self) -> None:
        self.button.description = self.button.tooltip = _NAMES[self._other]

    def _where(self) -> Html:
        """Say where this runbook's headings and prose are in the language spoken."""
        here = notebook_file()
        if here is None or spoken() == self._written_in:
            return Html("")
        # One folder for each language, side by side.
        inside = here.parent.name in LANGUAGES
        folder = (here.parent.parent if inside else here.parent) / spoken()
        # What writes notebooks is slow to import, and seldom needed.
        from streamtriage.notebook.prose import write_in  # noqa: PLC0415

        try:
            write_in(spoken(), folder)
        except OSError as problem:
            why = str(problem.strerror)
            return line(
                translate("The prose could not be written: {why}", why=why), "run"
            )
        path = f"{folder.name}/{self._runbook}.ipynb"
        link = tag("a", path, href=f"../{path}" if inside else path, target="_blank")
        return tag("p", translate("Headings and prose:"), " ", link, class_="run")


class LanguageOf(NamedTuple):
    """The language of one notebook: which it is, in what it was written, who says it.

    `said` is called after the language was changed.
    """

    runbook: str = "triage"
    written_in: str = ""
    said: Callable[[], None] = lambda: None

    def button(self, labels: Labels) -> LanguageButton:
        """Make the button that changes it."""
        return LanguageButton(
            labels, self.said, runbook=self.runbook, written_in=self.written_in
        )
