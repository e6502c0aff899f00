"""One look at the person's machine, in a thread, so that no cell and no form waits."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from streamtriage.apps.triage import panes
from streamtriage.languages import translate
from streamtriage.model import LocalEvidence
from streamtriage.own_process import evidence_apart

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from streamtriage.apps.triage.run import Run
    from streamtriage.model import BugEvidence

__all__ = ["LOCAL", "Looking", "machine_text", "may_look"]

# Set to "no" before the kernel starts, it keeps the runbook from looking around.
LOCAL = "STREAMTRIAGE_LOCAL"


def may_look(environ: Mapping[str, str]) -> bool:
    """Tell whether the machine may be looked at: not if the person said no."""
    return environ.get(LOCAL, "").lower() not in ("no", "0", "false", "off")


class Looking:
    """The look that fills the form in; `found` is None until it has ended."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = dict(environ)
        self._task: asyncio.Task[LocalEvidence | BugEvidence] | None = None

    @property
    def found(self) -> LocalEvidence | None:
        """What was found; None while it looks, and if looking crashed."""
        seen = self._ended()
        return seen if isinstance(seen, LocalEvidence) else None

    @property
    def crashed(self) -> bool:
        """True if looking failed by a fault of this tool."""
        seen = self._ended()
        return seen is not None and not isinstance(seen, LocalEvidence)

    def start(self, told: Callable[[], None]) -> None:
        """Look in the background; `told` is called on the kernel's loop at the end."""
        looking = evidence_apart(environ=self._environ)
        self._task = asyncio.get_running_loop().create_task(looking)
        self._task.add_done_callback(lambda _task: told())

    async def finished(self) -> None:
        """Wait for the end."""
        if self._task is not None:
            await asyncio.wait({self._task})

    def _ended(self) -> LocalEvidence | BugEvidence | None:
        task = self._task
        if task is None or not task.done() or task.cancelled():
            return None
        return task.result()


def machine_text(
    run: Run | None, looking: Looking, *, may_look: bool, asks: bool
) -> str:
    """Return the pane's Markdown: of the run if it looked, else of the form's look."""
    report = run.report if run else None
    if report is not None and any(e.probe == "local" for e in report.evidence):
        return panes.of_run(report) + panes.machine(report)
    if not may_look:
        return translate("This machine was not looked at, as asked.\n")
    if looking.found is not None:
        return panes.machine(looking.found)
    if looking.crashed:
        return translate("Looking at this machine failed, by a fault of this tool.\n")
    if run is not None and run.fault and not asks:
        return translate(
            "A rehearsal never looks at the machine that it runs on, "
            "so that it ends the same everywhere. With a URL, and in "
            "the form, it does; `streamtriage snapshot` shows what it "
            "would find.\n"
        )
    return translate("_This machine is being looked at; this fills in by itself._\n")
