"""The list of servers found on this machine, and what choosing one fills in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from streamtriage.client.prefill import prefill
from streamtriage.notebook.live import dressed, line, living
from streamtriage.redaction import shown_text
from streamtriage.report.local_facts import failures_since

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from streamtriage.client.prefill import Candidate
    from streamtriage.model import LocalEvidence
    from streamtriage.notebook.looking import Looking

__all__ = ["Servers"]

_NONE = "choose a server, or type below"
_SHOWN = 60
_BUTTONS = 6


class Servers:
    """The dropdown above the form's fields; empty and hidden until something is found.

    Choosing never overwrites what the person typed: only fields that are empty, or that
    still hold what an earlier choice put there.
    """

    def __init__(
        self,
        fields: Mapping[str, Any],
        layout: Any,  # noqa: ANN401 - ipywidgets has no types
        style: Any,  # noqa: ANN401
        *,
        choose: Callable[[], None] = lambda: None,
    ) -> None:
        self._fields, self._choose = fields, choose
        self._filled: dict[str, str] = {}
        self._by_label: dict[str, Candidate] = {}
        self.list = widgets.Dropdown(
            options=[_NONE],
            description="or one of these",
            tooltip="Remote MCP servers that the clients on this machine know",
            layout=dict(layout),
            style=style,
        )
        self.note = living()
        self.say("Looking for the servers that this machine's clients know …")
        self.question = widgets.VBox()
        self.list.layout.display = "none"
        self.list.observe(self._chosen, "value")

    @property
    def chosen(self) -> str:
        """The chosen line of the list, or "" if none is chosen."""
        value = self.list.value
        return "" if value in (None, _NONE) else str(value)

    def show(self, local: LocalEvidence) -> None:
        """List what was found, or say plainly that nothing was, and where it looked."""
        found = [each for each in prefill(local) if each.url][:_SHOWN]
        if not found:
            self.say(_nothing(local))
            return
        self._by_label = {_label(each): each for each in found}
        self.list.options = [_NONE, *self._by_label]
        self.list.layout.display = None
        self.say("Choosing a server fills in what you have not typed.")

    def tell(self, looking: Looking) -> None:
        """Show what a look has found, or say that it failed."""
        if looking.found is not None:
            self.show(looking.found)
        elif looking.crashed:
            self.say("Looking at this machine failed, by a fault of this tool.")

    def say(self, text: str) -> None:
        """Say in place of the list why there is none; plain words of our own."""
        self.note.value = dressed(line(text, "run"))

    def ask(self) -> None:
        """Ask which server, with a button for each that this machine knows."""
        buttons = []
        for label in list(self._by_label)[:_BUTTONS]:
            button = widgets.Button(
                description=label,
                tooltip="Fill this server in, and run",
                layout={"width": "auto", "max_width": "100%"},
            )
            button.on_click(lambda _button, label=label: self._take(label))
            buttons.append(button)
        self.question.children = tuple(buttons)

    def asked(self) -> None:
        """Take the question away."""
        self.question.children = ()

    def _take(self, label: str) -> None:
        self.list.value = label
        self._choose()

    def _chosen(self, _change: object) -> None:
        candidate = self._by_label.get(self.chosen)
        if candidate is None:
            return
        for name, value in _values(candidate).items():
            field = self._fields.get(name)
            if field is None:
                continue
            mine = field.value.strip() in ("", self._filled.get(name, ""))
            if mine:
                field.value = self._filled[name] = value


def _values(candidate: Candidate) -> dict[str, str]:
    whole = candidate.url_is_whole
    return {
        # A URL that was shortened for its secret cannot be probed as it stands.
        "url": candidate.url if whole else "",
        "client": candidate.client.lower().replace(" ", "-"),
        "client_version": candidate.client_version,
        "error": candidate.error,
        "action": candidate.action,
        "header_envs": ", ".join(f"{h}={v}" for h, v in candidate.header_envs.items()),
        "auth_env": candidate.auth_env,
    }


def _label(candidate: Candidate) -> str:
    logged = candidate.failures or candidate.last_at
    since = failures_since(candidate.failures, candidate.failing_since)
    since = since if logged else "no log found"
    client = " ".join((candidate.client or "a client", candidate.client_version))
    parts = (candidate.server, candidate.url, since, client.strip())
    hint = "" if candidate.url_is_whole else "its URL holds a secret: type it"
    state = candidate.state if candidate.state not in ("", "wins") else ""
    said = " · ".join(filter(None, (*parts, state, hint)))
    return shown_text(said, 200)


def _nothing(local: LocalEvidence) -> str:
    read = sum(one.outcome == "read" for one in local.looked)
    return (
        "No client on this machine names a remote server: "
        f"{read} of {len(local.looked)} places could be read."
    )
