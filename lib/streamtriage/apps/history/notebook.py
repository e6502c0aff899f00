"""The history runbook: logs are read once, and each cell shows one side of them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streamtriage.apps.history.parameters import HistoryParameters
from streamtriage.apps.named import check_injected
from streamtriage.history import (
    UNTOLD,
    ages_markdown,
    ages_picture,
    answer_of,
    drops_picture,
    headline,
    history,
    looked_markdown,
    overview_markdown,
    refusals_markdown,
    versions_markdown,
)
from streamtriage.languages import translate
from streamtriage.markup.markdown import plain
from streamtriage.notebook.frontend import somebody_looks_on
from streamtriage.notebook.pane import Pane
from streamtriage.outbox import Outbox
from streamtriage.own_process import history_apart
from streamtriage.refusal import InWordsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.charts import Picture
    from streamtriage.history import History, ServerHistory

__all__ = ["Logbook", "read_logs"]

# Beyond these nobody looks; the table has every server.
PICTURED = 3
_REHEARSAL = (
    "> **Rehearsal data.** No logs were named, so these are made up: three weeks of "
    "two servers, written in a real client's format. Nothing here is about your "
    "machine.\n\n"
)


def read_logs(**parameters: Any) -> Logbook:  # noqa: ANN401 - checked by the model
    """Read the logs that the parameters name; raises ParameterError in words."""
    check_injected(HistoryParameters)
    return Logbook(HistoryParameters.read(parameters))


class NotToldError(InWordsError):
    """The logs do not tell; no build that runs the notebook may take that for good."""

    def _render_traceback_(self) -> list[str]:
        """Show the sentence alone: it is the answer."""
        return [
            translate("NotToldError: {why} (exit code 3 on the command line)", why=self)
        ]


class Logbook:
    """What the cells of the history show."""

    def __init__(self, parameters: HistoryParameters) -> None:
        self._parameters = parameters
        self.history = self._read()
        if name := parameters.history_json:
            Outbox().file(Path(name), self.history.model_dump_json(indent=2))

    def _read(self) -> History:
        wanted = self._parameters
        if not wanted.rehearses:
            return history_apart(
                wanted.folder, server=wanted.server, seconds=wanted.limit_s
            )
        from streamtriage.lab.client_logs import write_weeks  # noqa: PLC0415 - slow

        with tempfile.TemporaryDirectory(prefix="streamtriage-") as folder:
            logs = write_weeks(Path(folder))
            told = history(
                logs,
                server=wanted.server,
                seconds=wanted.limit_s,
                source="rehearsal data",
                rehearsal=True,
            )
        # A path that is gone helps nobody.
        return told.model_copy(
            update={
                "looked": tuple(
                    each.model_copy(update={"path": Path(each.path).name})
                    for each in told.looked
                )
            }
        )

    def overview(self) -> Pane:
        """Show every server in a row, and the sentence that matters."""
        label = translate(_REHEARSAL) if self._parameters.rehearses else ""
        text = f"{label}**{headline(self.history)}**\n\n"
        return self._pane("Overview", text + overview_markdown(self.history))

    def drops(self) -> Pane:
        """Show how often streams dropped."""
        drawn = [drops_picture(each) for each in self._pictured]
        none = translate("No stream dropped.\n" if self.history.told else UNTOLD)
        return self._pane("Drops", _told(drawn) or none, drawn)

    def ages(self) -> Pane:
        """Show at which age streams ended, against the known limits."""
        drawn = [ages_picture(each) for each in self._pictured]
        return self._pane("Ages", _told(drawn) + ages_markdown(self.history), drawn)

    def refusals(self) -> Pane:
        """Show what refused openings were answered, and who gave up."""
        return self._pane("Refusals", refusals_markdown(self.history))

    def versions(self) -> Pane:
        """Show how each version of the client fared."""
        return self._pane("Versions", versions_markdown(self.history))

    def looked(self) -> Pane:
        """Show what was read and what was left out.

        Where nobody looks on and the logs do not tell, a build stops here.
        """
        if not self.history.told and not somebody_looks_on():
            raise NotToldError(answer_of(self.history).says)
        return self._pane("What was read", looked_markdown(self.history))

    def _pane(
        self, title: str, text: str, drawn: Sequence[Picture | None] = ()
    ) -> Pane:
        """Make a pane that names what was read, and when."""
        read = self.history
        played = f"{translate('REHEARSAL')}. " if read.rehearsal else ""
        named = translate(
            "{played}Read at {taken_at:%Y-%m-%d %H:%M:%S} UTC: {source}.",
            played=played,
            taken_at=read.taken_at,
            source=translate(read.source),
        )
        pictures = tuple(each for each in drawn if each is not None)
        whole = f"_{plain(named)}_\n\n{text}"
        return Pane(title, lambda: whole, lambda: pictures)

    @property
    def _pictured(self) -> Sequence[ServerHistory]:
        return self.history.servers[:PICTURED]


def _told(drawn: Sequence[Picture | None]) -> str:
    """Say in words what the pictures above show, for whoever does not see them."""
    return "".join(f"*{plain(each.alt)}*\n\n" for each in drawn if each is not None)
