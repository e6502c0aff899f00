"""The history runbook: logs are read once, and each cell shows one side of them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.display import display

from streamtriage.history import (
    ages_markdown,
    ages_picture,
    drops_picture,
    headline,
    history,
    looked_markdown,
    overview_markdown,
    refusals_markdown,
    versions_markdown,
)
from streamtriage.lab.client_logs import write_weeks
from streamtriage.notebook.history_parameters import HistoryParameters
from streamtriage.report.markdown_markup import plain

if TYPE_CHECKING:
    from streamtriage.history import History
    from streamtriage.report.pictures import Picture

__all__ = ["Logbook", "Sheet", "read_logs"]

# Beyond these nobody looks; the table has every server.
PICTURED = 3
_REHEARSAL = (
    "> **Rehearsal data.** No logs were named, so these are made up: three weeks of "
    "two servers, written in a real client's format. Nothing here is about your "
    "machine.\n\n"
)


class Sheet:
    """Markdown and the pictures that belong to it, as one output each."""

    def __init__(self, text: str, pictures: tuple[Picture, ...] = ()) -> None:
        self.text = text
        self.pictures = pictures

    def _ipython_display_(self) -> None:
        # A picture's finding stands in words below it, for whoever does not see it.
        for each in self.pictures:
            shown = {
                "image/svg+xml": each.svg,
                "text/plain": f"{each.title}. {each.alt}",
            }
            display(shown, raw=True)
        words = "".join(f"*{plain(each.alt)}*\n\n" for each in self.pictures)
        text = {"text/markdown": words + self.text, "text/plain": "History"}
        display(text, raw=True)


def read_logs(**parameters: Any) -> Logbook:  # noqa: ANN401 - checked by the model
    """Read the logs that the parameters name; raises ParameterError in words."""
    return Logbook(HistoryParameters.read(parameters))


class Logbook:
    """What the cells of the history show."""

    def __init__(self, parameters: HistoryParameters) -> None:
        self._parameters = parameters
        self.history = self._read()
        if name := parameters.history_json:
            path = Path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            text = self.history.model_dump_json(indent=2)
            path.write_text(text, encoding="utf-8")

    def _read(self) -> History:
        wanted = self._parameters
        given = {"server": wanted.server, "seconds": wanted.limit_s}
        if not wanted.rehearses:
            return history(wanted.folder, **given)  # type: ignore[arg-type]
        with tempfile.TemporaryDirectory(prefix="streamtriage-") as folder:
            logs = write_weeks(Path(folder))
            told = history(logs, source="rehearsal data", **given)  # type: ignore[arg-type]
        # A path that is gone helps nobody.
        return told.model_copy(
            update={
                "looked": tuple(
                    each.model_copy(update={"path": Path(each.path).name})
                    for each in told.looked
                )
            }
        )

    def overview(self) -> Sheet:
        """Show every server in a row, and the sentence that matters."""
        label = _REHEARSAL if self._parameters.rehearses else ""
        told = self.history
        return Sheet(f"{label}**{headline(told)}**\n\n{overview_markdown(told)}")

    def drops(self) -> Sheet:
        """Show how often streams dropped."""
        drawn = (drops_picture(each) for each in self.history.servers[:PICTURED])
        return self._pictured("", drawn)

    def ages(self) -> Sheet:
        """Show at which age streams ended, against the known limits."""
        drawn = (ages_picture(each) for each in self.history.servers[:PICTURED])
        return self._pictured(ages_markdown(self.history), drawn)

    def refusals(self) -> Sheet:
        """Show what refused openings were answered, and who gave up."""
        return Sheet(refusals_markdown(self.history))

    def versions(self) -> Sheet:
        """Show how each version of the client fared."""
        return Sheet(versions_markdown(self.history))

    def looked(self) -> Sheet:
        """Show what was read and what was left out."""
        return Sheet(looked_markdown(self.history))

    @staticmethod
    def _pictured(text: str, drawn: Any) -> Sheet:  # noqa: ANN401 - pictures or None
        kept = tuple(each for each in drawn if each is not None)
        return Sheet(text if kept or text else "No stream dropped.\n", kept)
