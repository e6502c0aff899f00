"""The widgets of a rehearsal: what to play, and the guess."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
from IPython.display import display

from streamtriage.notebook.practice.choice import ANY, groups

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streamtriage.notebook.pane import Pane

__all__ = ["SURPRISE", "Chooser", "Guesser"]

SURPRISE = "surprise me"
_WIDE = {"width": "auto", "max_width": "64em"}
_LABELS = {"description_width": "12em"}


class Chooser:
    """Two lists, the second of which follows the first, and a button."""

    def __init__(self, status: Pane, *, on_start: Callable[[], None]) -> None:
        self._status = status
        self.group = _list("Where may it lie?", [ANY, *groups()])
        self.fault = _list("Which fault?", self._faults())
        self.start = _button("Start", "Start a faulty server here and probe it")
        self.group.observe(self._follow, "value")
        self.start.on_click(lambda _button: on_start())

    def _ipython_display_(self) -> None:
        _show([self.group, self.fault, self.start], "what there is to rehearse")
        display(self._status)

    def _faults(self) -> list[str]:
        chosen, all_ = self.group.value, groups()
        names = all_[chosen] if chosen in all_ else sorted(sum(all_.values(), ()))
        return [SURPRISE, *names]

    def _follow(self, _change: object) -> None:
        self.fault.options = self._faults()
        self.fault.value = SURPRISE


class Guesser:
    """The candidates, one of which can be chosen, and a button that ends the riddle."""

    def __init__(self, pane: Pane, *, on_guess: Callable[[], None]) -> None:
        self._pane = pane
        self.guess = widgets.RadioButtons(
            options=[("press Start in the form above first", "")],
            description="Your guess",
            layout=_WIDE,
            style=_LABELS,
            disabled=True,
        )
        self.show = _button("Show the verdict", "End the riddle")
        self.show.disabled = True
        self.show.on_click(lambda _button: on_guess())

    def _ipython_display_(self) -> None:
        display(self._pane)
        _show([self.guess, self.show], "the candidates")

    def offer(self, causes: Sequence[str]) -> None:
        """Let one of these be chosen; none is chosen yet."""
        # A label that wraps would lie over the next one: the words stand above.
        self.guess.options = list(causes)
        self.guess.value = None
        self.guess.disabled = self.show.disabled = False

    def close(self) -> None:
        """Let nothing be chosen any more."""
        self.guess.disabled = self.show.disabled = True


def _list(label: str, options: Sequence[str]) -> Any:  # noqa: ANN401 - ipywidgets has no types
    return widgets.Dropdown(
        options=list(options), description=label, layout=_WIDE, style=_LABELS
    )


def _button(label: str, tooltip: str) -> Any:  # noqa: ANN401
    return widgets.Button(
        description=label,
        tooltip=tooltip,
        button_style="primary",
        layout={"width": "14em"},
    )


def _show(children: list[Any], what: str) -> None:
    box = widgets.VBox(children)
    box.add_class("streamtriage-form")
    shown: dict[str, Any] = box._repr_mimebundle_()
    shown["text/plain"] = f"The form needs a running kernel: it shows {what}."
    display(shown, raw=True)
