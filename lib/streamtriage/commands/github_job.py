"""What a GitHub job shows by itself: its summary, and annotations beside it."""

from __future__ import annotations

import os
from pathlib import Path

from streamtriage.languages import translate
from streamtriage.outbox import Outbox
from streamtriage.redaction import visible

__all__ = ["in_a_job", "show_problem", "summarise"]

# GitHub takes no more for one step, and shows nothing if it is given more.
SUMMARY_LIMIT = 1_000_000


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
    from streamtriage.preflight import render_problem  # noqa: PLC0415
    from streamtriage.report.markdown_markup import prose  # noqa: PLC0415

    told = visible(message)
    Outbox().tell(render_problem(told))
    try:
        summarise(translate("**Nobody was asked.** {told}\n\n", told=prose(told)))
    except OSError:
        # The annotation says it as well.
        return
