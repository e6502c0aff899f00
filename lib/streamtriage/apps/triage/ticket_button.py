"""A button that makes the ticket of the notebook that it stands in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from IPython.display import display

from streamtriage.languages import translate
from streamtriage.markup.markdown import code, plain
from streamtriage.notebook.frontend import notebook_file
from streamtriage.notebook.labels import Labels
from streamtriage.notebook.pane import Pane
from streamtriage.phrases import count
from streamtriage.ticket import NotATicketError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from streamtriage.apps.triage.ticket_build import Ticket
    from streamtriage.model import Report

__all__ = ["TicketButton", "how", "notebook_file"]

_HOW = (
    "Save this notebook, then `streamtriage ticket NOTEBOOK.ipynb` makes a page, a "
    "summary for an issue, and a zip of all for whoever runs the server.\n"
)
_FIRST = "Save the notebook first (Ctrl+S).\n"
_TOO_EARLY = "There is no report yet. Run the triage to its end first.\n"
_NOWHERE = "This frontend does not say where the notebook lies. "
_SAVE_FIRST = (
    "**The notebook on disk does not hold this run yet.** Save it (Ctrl+S), then press "
    "the button again.\n"
)


def how() -> str:
    """Say in Markdown how the ticket is made without a button."""
    return translate(_HOW)


class TicketButton:
    """The button, and under it what came of it.

    A kernel cannot save its notebook, so the ticket is made of the file as it was saved
    last, and only if that holds the report that is shown now. `environ` holds the
    secrets to hide, with one that was typed into the form.
    """

    def __init__(
        self,
        report: Callable[[], Report | None],
        path: Path | None = None,
        environ: Callable[[], Mapping[str, str] | None] = lambda: None,
    ) -> None:
        self._report, self._path, self._environ = report, path, environ
        self._said: Callable[[], str] = lambda: translate(_FIRST)
        self.pane = Pane("The ticket", self._text)
        self.labels = Labels()
        self.button: Any = self.labels.button(
            description="Make the ticket",
            tooltip="Write a page, a summary and a zip beside this notebook",
        )
        self.button.on_click(lambda _button: self.press())

    def _ipython_display_(self) -> None:
        # What draws the page is slow to import, and a run without a screen needs none.
        from streamtriage.notebook.live import with_fallback  # noqa: PLC0415

        words = translate("The button needs a running kernel.")
        display(with_fallback(self.button, words), raw=True)
        display(self.pane)

    def press(self) -> None:
        """Make the ticket, and say where it is or what to do first."""
        said = self._outcome()
        self._said = lambda: said
        self.pane.refresh()

    def _text(self) -> str:
        return self._said()

    def say_again(self) -> None:
        """Say it in the language that is spoken now; what came of it stands."""
        self.labels.say_again()
        self.pane.refresh()

    def _outcome(self) -> str:
        report, path = self._report(), self._path or notebook_file()
        if report is None:
            return translate(_TOO_EARLY)
        if path is None:
            return translate(_NOWHERE) + how()
        # What reads and converts notebooks is slow to import, and seldom needed.
        from streamtriage.apps.triage.ticket_build import (  # noqa: PLC0415
            make_ticket,
            written,
        )

        try:
            if _mark(_report_in(path)) != _mark(report):
                return translate(_SAVE_FIRST)
            ticket = make_ticket(path, self._environ())
            return _written(ticket, written(ticket, path.parent, path.stem))
        except NotATicketError:
            return translate(_SAVE_FIRST)
        except OSError as problem:
            return translate(
                "**The ticket was not written:** {why}.",
                why=plain(str(problem.strerror)),
            )


def _report_in(path: Path) -> Report:
    from streamtriage.notebook.untrusted_notebook import notebook_content  # noqa: PLC0415
    from streamtriage.ticket.extraction import from_notebook  # noqa: PLC0415
    from streamtriage.ticket.files_in import decoded, load  # noqa: PLC0415

    return from_notebook(notebook_content(decoded(load(str(path))))).report


def _mark(report: Report) -> tuple[object, ...]:
    """Tell one run from another, and its end from its middle."""
    return report.taken_at, report.took_s, report.interrupted


def _written(ticket: Ticket, paths: list[Path]) -> str:
    names = "".join(f"- {code(path.name)}\n" for path in paths)
    hidden = translate(
        "Something that looks like a secret was hidden in {places}.",
        places=count(ticket.hidden, "place"),
    )
    title = translate("**Written beside this notebook:**")
    return f"{title}\n\n{names}" + (f"\n{hidden}\n" if ticket.hidden else "")
