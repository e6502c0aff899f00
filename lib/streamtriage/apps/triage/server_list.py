"""The list of servers found on this machine, and what choosing one fills in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from streamtriage.languages import translate
from streamtriage.notebook.live import dressed, line, living
from streamtriage.redaction import shown_text
from streamtriage.report.machine_rows import failures_since
from streamtriage.workstation.candidates import prefill

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from streamtriage.apps.triage.machine_scan import Looking
    from streamtriage.model import LocalEvidence
    from streamtriage.notebook.labels import Labels
    from streamtriage.workstation.candidates import Candidate

__all__ = ["Servers"]

_NONE = "choose a server, or type below"
_LOOKING = "Looking for the servers that this machine's clients know …"
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
        labels: Labels,
        choose: Callable[[], None] = lambda: None,
    ) -> None:
        self._fields, self._choose, self._labels = fields, choose, labels
        self._none = translate(_NONE)
        self._found: LocalEvidence | None = None
        self._filled: dict[str, str] = {}
        self._by_label: dict[str, Candidate] = {}
        self.list = labels.name(
            widgets.Dropdown(options=[self._none], layout=dict(layout), style=style),
            description="or one of these",
            tooltip="Remote MCP servers that the clients on this machine know",
        )
        self.question = widgets.VBox()
        self.note = living()
        self._said: Callable[[], str] = lambda: translate(_LOOKING)
        self.say_again()
        self.list.layout.display = "none"
        self.list.observe(self._chosen, "value")

    @property
    def chosen(self) -> str:
        """The chosen line of the list, or "" if none is chosen."""
        value = self.list.value
        return "" if value in (None, self._none) else str(value)

    def show(self, local: LocalEvidence) -> None:
        """List what was found, or say plainly that nothing was, and where it looked."""
        found = [each for each in prefill(local) if each.url][:_SHOWN]
        if not found:
            self.say(lambda: _nothing(local))
            return
        self._found = local
        self._list(found)
        self.list.layout.display = None
        self.say(
            lambda: translate("Choosing a server fills in what you have not typed.")
        )

    def _list(self, found: list[Candidate]) -> None:
        """Say what is found in the language that is spoken; the choice stands."""
        labels = list(self._by_label)
        chosen = labels.index(self.chosen) if self.chosen in labels else None
        self._none = translate(_NONE)
        self._by_label = {_label(each): each for each in found}
        self.list.options = [self._none, *self._by_label]
        if chosen is not None:
            self.list.index = chosen + 1

    def tell(self, looking: Looking) -> None:
        """Show what a look has found, or say that it failed."""
        if looking.found is not None:
            self.show(looking.found)
        elif looking.crashed:
            self.say(
                lambda: translate(
                    "Looking at this machine failed, by a fault of this tool."
                )
            )

    def say(self, said: Callable[[], str]) -> None:
        """Say in place of the list why there is none; plain words of our own."""
        self._said = said
        self.note.value = dressed(line(said(), "run"))

    def say_again(self) -> None:
        """Say it in the language that is spoken now."""
        self.say(self._said)
        if self._found is not None:
            self._list([each for each in prefill(self._found) if each.url][:_SHOWN])
        if self.question.children:
            self.ask()

    def ask(self) -> None:
        """Ask which server, with a button for each that this machine knows."""
        buttons = []
        for label in list(self._by_label)[:_BUTTONS]:
            button = self._labels.name(
                widgets.Button(
                    description=label, layout={"width": "auto", "max_width": "100%"}
                ),
                tooltip="Fill this server in, and run",
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
    since = since if logged else translate("no log found")
    named = candidate.client or translate("a client")
    client = f"{named} {candidate.client_version}"
    parts = (candidate.server, candidate.url, since, client.strip())
    whole = candidate.url_is_whole
    hint = "" if whole else translate("its URL holds a secret: type it")
    state = candidate.state if candidate.state not in ("", "wins") else ""
    said = " · ".join(filter(None, (*parts, state, hint)))
    return shown_text(said, 200)


def _nothing(local: LocalEvidence) -> str:
    read = sum(one.outcome == "read" for one in local.looked)
    return translate(
        "No client on this machine names a remote server: {read} of {places} places "
        "could be read.",
        read=read,
        places=len(local.looked),
    )
