"""The intake form: widgets for who looks on, and a table of what was entered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets
from IPython.display import display
from pydantic import SecretStr

from streamtriage.model import Intake
from streamtriage.notebook.in_order import in_order
from streamtriage.notebook.parameters import ParameterError, header_pairs
from streamtriage.notebook.servers import Servers

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtriage.notebook.pane import Pane

__all__ = ["FROM_THE_BOX", "Form"]

# Stands for the variable's name where the secret came from the password box.
FROM_THE_BOX = "TYPED_INTO_THE_FORM"
_WIDE = {"width": "46em", "max_width": "100%"}
_LABELS = {"description_width": "15em"}


class Form:
    """The form in one notebook.

    The secret leaves the password box as soon as Run is pressed: it stays in this
    kernel's memory only, and no widget holds it when the notebook is saved.
    """

    def __init__(
        self,
        intake: Intake,
        panes: tuple[Pane, ...],
        *,
        on_run: Callable[[], None],
        on_cancel: Callable[[], None],
    ) -> None:
        self.panes = panes
        self._secret, self._secret_for = SecretStr(""), ""
        self.fields = _fields(intake)
        self.servers = Servers(self.fields, _WIDE, _LABELS)
        self.run = _button("Run", "Probe the server and judge", "primary")
        self.cancel = _button("Cancel the watch", "End the silent watch now", "")
        self.cancel.disabled = True
        self.run.on_click(lambda _button: on_run())
        self.cancel.on_click(lambda _button: on_cancel())

    def _ipython_display_(self) -> None:
        buttons = widgets.HBox([self.run, self.cancel])
        found = (self.servers.list, self.servers.note)
        box = widgets.VBox([*found, *self.fields.values(), buttons])
        shown: dict[str, Any] = box._repr_mimebundle_()
        shown["text/plain"] = "The form needs a running kernel; see the table below."
        display(shown, raw=True)
        for pane in self.panes:
            display(pane)

    def running(self, now: bool) -> None:  # noqa: FBT001 - the one thing it sets
        """Let Run be pressed while nothing runs, and Cancel while something does."""
        if self.run.disabled is now:
            return
        self.run.disabled = now
        self.cancel.disabled = not now
        in_order((*self.fields.values(), self.servers.list, self.run, self.cancel))

    def intake(self) -> Intake:
        """Return what is typed in; raises ParameterError."""
        typed = {name: field.value for name, field in self.fields.items()}
        secret = typed.pop("secret")
        texts = {k: v.strip() for k, v in typed.items() if isinstance(v, str)}
        self._take_secret(secret, texts["url"])
        auth_env = texts["auth_env"]
        if self._secret.get_secret_value():
            if auth_env:
                raise ParameterError(
                    "Give the secret itself or the name of its variable, not both."
                )
            auth_env = FROM_THE_BOX
        pairs = header_pairs(texts["header_envs"])
        given = texts | {"auth_env": auth_env, "header_envs": pairs}
        waits = {name: typed[name] for name in ("hold_s", "idle_s") if name in typed}
        return Intake(**waits, **given)  # type: ignore[arg-type]

    def secrets(self) -> dict[str, str]:
        """Return what the run may read beside the environment."""
        value = self._secret.get_secret_value()
        return {FROM_THE_BOX: value} if value else {}

    def _take_secret(self, value: str, url: str) -> None:
        """Empty the box; a secret typed for one address is never sent to another."""
        box = self.fields["secret"]
        if value:
            self._secret, self._secret_for = SecretStr(value), url
            box.value = ""
        elif url != self._secret_for:
            self._secret = SecretStr("")
        kept = self._secret.get_secret_value()
        box.placeholder = "kept in memory for this address" if kept else ""


def _fields(intake: Intake) -> dict[str, Any]:
    pairs = ", ".join(f"{k}={v}" for k, v in intake.header_envs.items())
    return {
        "error": _text(
            "What was printed?",
            intake.error,
            "Failed to reconnect SSE stream: …",
            kind=widgets.Textarea,
        ),
        "action": _text("What triggered it?", intake.action, "opened a project"),
        "url": _text("Server URL", intake.url, "https://host/mcp; empty: rehearse"),
        "client": _text("Client", intake.client, "claude-code"),
        "client_version": _text("Client version", intake.client_version, "2.1.0"),
        "auth_env": _text("Variable with secret", intake.auth_env, "MCP_TOKEN"),
        "secret": _text("or the secret itself", "", "", kind=widgets.Password),
        "second_auth_env": _text(
            "A second one's variable", intake.second_auth_env, "after a renewal, say"
        ),
        "header_envs": _text("Other secret headers", pairs, "X-Api-Key=MY_VARIABLE"),
        "ca_file": _text("Extra CA file", intake.ca_file, "a PEM file"),
        "proxy": _text("Proxy of the client", intake.proxy, "http://proxy:3128"),
        "provider_url": _text(
            "Model provider", intake.provider_url, "asked only if given"
        ),
        "hold_s": _seconds("Seconds to watch", intake.hold_s),
        "idle_s": _seconds("Seconds left alone", intake.idle_s),
    }


def _seconds(label: str, value: float) -> Any:  # noqa: ANN401 - ipywidgets has no types
    return widgets.BoundedFloatText(
        value=value, min=0, max=7200, description=label, style=_LABELS
    )


def _text(label: str, value: str, hint: str, kind: type[Any] = widgets.Text) -> Any:  # noqa: ANN401 - ipywidgets has no types
    return kind(
        value=value,
        placeholder=hint,
        description=label,
        layout=_WIDE,
        style=_LABELS,
    )


def _button(label: str, tooltip: str, style: str) -> Any:  # noqa: ANN401
    return widgets.Button(description=label, tooltip=tooltip, button_style=style)
