"""What a GitHub job shows by itself: its summary, and annotations beside it.

No server can start a command from an annotation.
"""

from __future__ import annotations

import os
from pathlib import Path

from streamtriage.languages import translate
from streamtriage.outbox import Outbox
from streamtriage.redaction import cut, visible

__all__ = ["in_a_job", "show_problem", "summarise", "workflow_command"]

# GitHub takes no more for one step, and shows nothing if it is given more.
SUMMARY_LIMIT = 1_000_000
_TEXT_LIMIT = 900


def in_a_job() -> bool:
    """Tell whether a step of GitHub Actions runs this."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def summarise(text: str, outbox: Outbox | None = None) -> None:
    """Add Markdown to the job's summary, where there is one; raises OSError."""
    name = os.environ.get("GITHUB_STEP_SUMMARY", "")
    if not name:
        return
    path = Path(name)
    taken = path.stat().st_size if path.exists() else 0
    if taken + len(text.encode()) <= SUMMARY_LIMIT:
        (outbox or Outbox()).append(path, text)


def show_problem(message: str) -> None:
    """Show why nobody was asked: a gate that is set up wrongly is red without a word.

    Outside of a job it does nothing.
    """
    if not in_a_job():
        return
    # Only a job needs it, and a refusal is to be quick.
    from streamtriage.markup.markdown import prose  # noqa: PLC0415

    told = visible(message)
    Outbox().tell(f"{workflow_command('error', 'streamtriage', told)}\n")
    try:
        summarise(translate("**Nobody was asked.** {told}\n\n", told=prose(told)))
    except OSError:
        # The annotation says it as well.
        return


def workflow_command(level: str, title: str, text: str) -> str:
    """Return the command that shows one annotation, without its line break."""
    return f"::{level} title={_property(title)}::{_data(text)}"


def _data(text: str) -> str:
    """Escape as the toolkit does: a line break would end the command."""
    line = cut(visible(text), _TEXT_LIMIT)
    return line.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
