"""The intake form: what must be asked at once, and behind a fold all that may help."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
from IPython.display import display
from pydantic import SecretStr

from streamtriage.apps.triage.parameters import ParameterError, header_pairs
from streamtriage.apps.triage.server_list import Servers
from streamtriage.languages import translate
from streamtriage.model import Intake
from streamtriage.model.entry import entries
from streamtriage.notebook.labels import Labels, LanguageOf
from streamtriage.notebook.live import living, with_fallback
from streamtriage.notebook.widget_order import in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from streamtriage.model.entry import Entry
    from streamtriage.notebook.pane import Pane

__all__ = ["FROM_THE_BOX", "Form"]

# Stands for the variable's name where the secret came from the password box.
FROM_THE_BOX = "TYPED_INTO_THE_FORM"
_WIDE = {"width": "auto", "max_width": "64em"}
_LABELS = {"description_width": "11em"}
_WITHOUT_A_KERNEL = "The form needs a running kernel: run all cells."


class Form:
    """The form in one notebook, made from what the intake's fields declare.

    `names` are the fields that it asks for, if not all. The secret leaves the password
    box as soon as Run is pressed: it stays in this kernel's memory only, and no widget
    holds it when the notebook is saved.
    """

    def __init__(  # noqa: PLR0913 - what it needs of the runbook around it
        self,
        intake: Intake,
        panes: tuple[Pane, ...],
        *,
        on_run: Callable[[], None],
        on_cancel: Callable[[], None],
        on_rehearse: Callable[[], None],
        names: Collection[str] | None = None,
        language: LanguageOf | None = None,
        below: Sequence[Any] = (),
    ) -> None:
        self.panes = panes
        self.labels = Labels()
        self._secret, self._secret_for = SecretStr(""), ""
        self._entries = {
            name: entry
            for name, entry in entries(Intake).items()
            if names is None or name in names
        }
        self.fields = _fields(intake, self._entries, self.labels)
        self.servers = Servers(
            self.fields, _WIDE, _LABELS, labels=self.labels, choose=on_run
        )
        self.run = self.labels.button(
            description="Run", tooltip="Probe the server and judge", style="primary"
        )
        self.rehearse = self.labels.button(
            description="Rehearse", tooltip="Triage a faulty server of this tool's own"
        )
        self.cancel = self.labels.button(
            description="Cancel the watch", tooltip="End the silent watch now"
        )
        self.cancel.disabled = True
        self.run.on_click(lambda _button: on_run())
        self.rehearse.on_click(lambda _button: on_rehearse())
        self.cancel.on_click(lambda _button: on_cancel())
        self.more = self.labels.name(
            widgets.ToggleButton(layout={"width": "auto"}),
            description="More …",
            tooltip="Show credentials, client, proxy, certificates and times",
        )
        self.language = (language or LanguageOf()).button(self.labels)
        self._fold = self._folded()
        self.more.observe(self._unfold, "value")
        self._below = tuple(below)

    def _folded(self) -> Any:  # noqa: ANN401 - ipywidgets has no types
        main = [name for name, entry in self._entries.items() if entry.main]
        rest = [f for name, f in self.fields.items() if name not in main]
        fold = widgets.VBox([*rest, self.servers.note])
        fold.layout.display = "none"
        return fold

    def _unfold(self, _change: object) -> None:
        self._fold.layout.display = None if self.more.value else "none"
        if self.more.value:
            self.labels.name(self.more, description="Less")
        else:
            self.labels.name(self.more, description="More …")

    @property
    def box(self) -> Any:  # noqa: ANN401 - ipywidgets has no types
        """The widget with all of it."""
        main = [self.fields[n] for n, entry in self._entries.items() if entry.main]
        buttons = widgets.HBox(
            [self.run, self.rehearse, self.cancel, self.more, self.language.widget]
        )
        buttons.layout.flex_flow = "row wrap"
        parts = (*main, self.servers.list, buttons, self._fold, self.servers.question)
        box = widgets.VBox([*parts, *self._below])
        box.add_class("streamtriage-form")
        return box

    def _ipython_display_(self) -> None:
        style = living()
        style.layout.height = "0"
        whole = widgets.VBox([style, self.box])
        display(with_fallback(whole, translate(_WITHOUT_A_KERNEL)), raw=True)
        for pane in self.panes:
            display(pane)

    def running(self, now: bool) -> None:  # noqa: FBT001 - the one thing it sets
        """Let Run be pressed while nothing runs, and Cancel while something does."""
        if self.run.disabled is now:
            return
        self.run.disabled = self.rehearse.disabled = now
        self.cancel.disabled = not now
        buttons = (self.run, self.rehearse, self.cancel)
        in_order((*self.fields.values(), self.servers.list, *buttons))

    def intake(self) -> Intake:
        """Return what is typed in; raises ParameterError."""
        typed = {name: field.value for name, field in self.fields.items()}
        secret = typed.pop("secret", "")
        given: dict[str, Any] = {
            name: value.strip() if isinstance(value, str) else value
            for name, value in typed.items()
        }
        self._take_secret(secret, str(given["url"]))
        if self._secret.get_secret_value():
            if given.get("auth_env"):
                raise ParameterError(
                    translate(
                        "Give the token itself or the name of its variable, not both."
                    )
                )
            given["auth_env"] = FROM_THE_BOX
        pairs = {
            name: header_pairs(given[name], translate(entry.label))
            for name, entry in self._entries.items()
            if entry.widget == "pairs"
        }
        return Intake(**given | pairs)

    def secrets(self) -> dict[str, str]:
        """Return what the run may read beside the environment."""
        value = self._secret.get_secret_value()
        return {FROM_THE_BOX: value} if value else {}

    def _take_secret(self, value: str, url: str) -> None:
        """Empty the box; a secret typed for one address is never sent to another."""
        box = self.fields.get("secret")
        if box is None:
            return
        if value:
            self._secret, self._secret_for = SecretStr(value), url
            box.value = ""
        elif url != self._secret_for:
            self._secret = SecretStr("")
        if self._secret.get_secret_value():
            self.labels.name(box, placeholder="kept in memory for this address")
        else:
            self.labels.name(box, placeholder="")


def _fields(intake: Intake, asked: dict[str, Entry], labels: Labels) -> dict[str, Any]:
    """Make a widget for each field, and after the token's variable one for itself."""
    made: dict[str, Any] = {}
    for name, entry in asked.items():
        made[name] = _field(entry, getattr(intake, name), labels)
        if name == "auth_env":
            made["secret"] = labels.name(
                widgets.Password(
                    continuous_update=False, layout=dict(_WIDE), style=_LABELS
                ),
                description="or the token itself",
                tooltip="Kept in this kernel's memory only, for this address",
            )
    return made


def _field(entry: Entry, value: Any, labels: Labels) -> Any:  # noqa: ANN401 - ipywidgets has no types
    """Make one widget. Its text is sent when the field is left, in one piece.

    Sent letter by letter, the last ones wait for the kernel, and the click on a button
    overtakes them: then it asks a server whose name was half typed.
    """
    said = {"description": entry.label, "tooltip": entry.help}
    given: dict[str, Any] = {"layout": dict(_WIDE), "style": _LABELS}
    if entry.widget == "number":
        given["layout"] = {"width": "20em", "max_width": "100%"}
        made = widgets.BoundedFloatText(value=value, min=0, max=7200, **given)
        return labels.name(made, **said)
    said["placeholder"] = entry.hint
    given["continuous_update"] = False
    if entry.widget == "pairs":
        value = ", ".join(f"{k}={v}" for k, v in value.items())
    if entry.widget == "long-text":
        return labels.name(widgets.Textarea(value=value, rows=2, **given), **said)
    return labels.name(widgets.Text(value=value, **given), **said)
