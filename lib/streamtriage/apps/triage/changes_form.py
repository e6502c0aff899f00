"""The widgets with which a person says what was changed, and runs it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
from IPython.display import display

from streamtriage.changes import ChangeError, changes_of
from streamtriage.languages import translate
from streamtriage.notebook.labels import Labels
from streamtriage.notebook.live import with_fallback
from streamtriage.notebook.widget_order import in_order
from streamtriage.probes import PROBES
from streamtriage.redaction import Wall

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtriage.apps.triage.changes_notebook import Loop
    from streamtriage.changes import Change
    from streamtriage.notebook.pane import Pane

__all__ = ["LoopForm"]

_WIDE = {"width": "auto", "max_width": "64em"}
_LABELS = {"description_width": "15em"}
_FIELDS = (
    ("what", "What did you change?", "proxy_read_timeout"),
    ("where", "Where is it?", "nginx.conf, or Server address"),
    ("old", "From", "60s; empty: it was not set"),
    ("new", "To", "1h; empty: it was removed"),
    ("also", "Changed at the same time", "best empty: one change at a time"),
)


class LoopForm:
    """One change, three ways to run again, and the panes that show what followed."""

    def __init__(
        self,
        loop: Loop,
        panes: tuple[Pane, ...],
        *,
        secrets: Callable[[], tuple[str, ...]],
        told: Callable[[], None],
    ) -> None:
        self._loop, self.panes, self._secrets, self._told = loop, panes, secrets, told
        self.labels = labels = Labels()
        self.fields = {
            name: labels.name(_text(), description=label, placeholder=hint)
            for name, label, hint in _FIELDS
        }
        self.probe = labels.name(
            widgets.Dropdown(
                options=[probe.name for probe in PROBES if probe.phase != "sum"],
                layout=dict(_WIDE),
                style=_LABELS,
            ),
            description="One probe",
        )
        self.smallest = labels.button(
            description="Run the smallest failing action again", style="primary"
        )
        self.whole = labels.button(description="Run everything again")
        self.one = labels.button(description="Run this probe again")
        self.cancel = labels.button(description="Cancel this run")
        self.smallest.on_click(lambda _button: self._again(whole=False))
        self.whole.on_click(lambda _button: self._again(whole=True))
        self.one.on_click(lambda _button: self._one())
        self.cancel.on_click(lambda _button: self._loop.stop())
        self.cancel.disabled = True

    def _ipython_display_(self) -> None:
        buttons = widgets.HBox([self.smallest, self.whole, self.cancel])
        buttons.layout.flex_flow = "row wrap"
        box = widgets.VBox([*self.fields.values(), buttons, self.probe, self.one])
        box.add_class("streamtriage-form")
        words = translate("This form needs a running kernel; see the ledger below.")
        display(with_fallback(box, words), raw=True)
        for pane in self.panes:
            display(pane)

    def running(self, *, now: bool) -> None:
        """Let only Cancel be pressed while something runs."""
        if self.cancel.disabled is (not now):
            return
        buttons = (self.smallest, self.whole, self.one)
        for button in buttons:
            button.disabled = now
        self.cancel.disabled = not now
        in_order((*self.fields.values(), self.probe, *buttons, self.cancel))

    def changes(self) -> tuple[Change, ...]:
        """Return what is typed in; raises ChangeError."""
        typed = {name: field.value.strip() for name, field in self.fields.items()}
        also = typed.pop("also")
        given: list[dict[str, str]] = [typed] if any(typed.values()) else []
        given += [{"what": also, "new": "changed"}] if also else []
        return changes_of(given, Wall(self._secrets()))

    def _again(self, *, whole: bool) -> None:
        try:
            self._loop.again(self.changes(), whole=whole)
        except ChangeError as problem:
            self._loop.problem = str(problem)
        self._told()

    def _one(self) -> None:
        self._loop.one(self.probe.value)
        self._told()


def _text() -> Any:  # noqa: ANN401 - ipywidgets has no types
    # In one piece, as in the form above: see there.
    return widgets.Text(continuous_update=False, layout=dict(_WIDE), style=_LABELS)
