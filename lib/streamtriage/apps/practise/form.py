"""The widgets of a rehearsal: what to play, and the guess."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
from IPython.display import display

from streamtriage.apps.practise.draw import ANY, group_words, groups
from streamtriage.languages import translate
from streamtriage.notebook.labels import LanguageOf
from streamtriage.notebook.live import with_fallback

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streamtriage.notebook.labels import Labels
    from streamtriage.notebook.pane import Pane

__all__ = ["SURPRISE", "Chooser", "Guesser"]

SURPRISE = "surprise me"
_FIRST = "press Start in the form above first"
_WIDE = {"width": "auto", "max_width": "64em"}
_LABELS = {"description_width": "12em"}


class Chooser:
    """Two lists, the second of which follows the first, and a button."""

    def __init__(
        self,
        status: Pane,
        *,
        labels: Labels,
        on_start: Callable[[], None],
        language: LanguageOf | None = None,
    ) -> None:
        self._status = status
        self.group = labels.name(_list(self._groups()), description="Where may it lie?")
        self.fault = labels.name(_list(self._faults()), description="Which fault?")
        self.start = labels.button(
            description="Start",
            tooltip="Start a faulty server here and probe it",
            style="primary",
        )
        self.language = (language or LanguageOf("practise")).button(labels)
        self.group.observe(self._follow, "value")
        self.start.on_click(lambda _button: on_start())

    def _ipython_display_(self) -> None:
        buttons = widgets.HBox([self.start, self.language.widget])
        _show([self.group, self.fault, buttons])
        display(self._status)

    def say_again(self) -> None:
        """Name what there is to choose in the language that is spoken now."""
        for box, named in ((self.group, self._groups), (self.fault, self._faults)):
            chosen = box.value
            box.options = named()
            box.value = chosen

    @staticmethod
    def _groups() -> list[tuple[str, str]]:
        names = (ANY, *groups())
        return [(group_words(name), name) for name in names]

    def _faults(self) -> list[tuple[str, str]]:
        chosen, all_ = self.group.value, groups()
        names = all_[chosen] if chosen in all_ else sorted(sum(all_.values(), ()))
        surprise = (translate(SURPRISE), SURPRISE)
        return [surprise, *((name, name) for name in names)]

    def _follow(self, _change: object) -> None:
        self.fault.options = self._faults()
        self.fault.value = SURPRISE


class Guesser:
    """The candidates, one of which can be chosen, and a button that ends the riddle."""

    def __init__(
        self, pane: Pane, *, labels: Labels, on_guess: Callable[[], None]
    ) -> None:
        self._pane = pane
        self.guess = labels.name(
            widgets.RadioButtons(
                options=[(translate(_FIRST), "")],
                layout=_WIDE,
                style=_LABELS,
                disabled=True,
            ),
            description="Your guess",
        )
        self.show = labels.button(
            description="Show the verdict", tooltip="End the riddle", style="primary"
        )
        self.show.disabled = True
        self.show.on_click(lambda _button: on_guess())

    def _ipython_display_(self) -> None:
        display(self._pane)
        _show([self.guess, self.show])

    def say_again(self) -> None:
        """Say what is said while there is nothing to guess."""
        if len(self.guess.options) == 1:
            self.guess.options = [(translate(_FIRST), "")]

    def offer(self, causes: Sequence[str]) -> None:
        """Let one of these be chosen; none is chosen yet."""
        # A label that wraps would lie over the next one: the words stand above.
        self.guess.options = list(causes)
        self.guess.value = None
        self.guess.disabled = self.show.disabled = False

    def close(self) -> None:
        """Let nothing be chosen any more."""
        self.guess.disabled = self.show.disabled = True


def _list(options: Sequence[tuple[str, str]]) -> Any:  # noqa: ANN401 - ipywidgets has no types
    return widgets.Dropdown(options=list(options), layout=_WIDE, style=_LABELS)


def _show(children: list[Any]) -> None:
    box = widgets.VBox(children)
    box.add_class("streamtriage-form")
    words = translate(
        "The form needs a running kernel: it shows what there is to choose."
    )
    display(with_fallback(box, words), raw=True)
