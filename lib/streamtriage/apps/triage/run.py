"""One triage on the kernel's own event loop, and what is known of it so far."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from streamtriage.model.catalogue import saved_json
from streamtriage.notebook.leaving import OUTBOX
from streamtriage.outbox import Outbox
from streamtriage.own_process import evidence_apart
from streamtriage.redaction import values_of
from streamtriage.transport.target import target_of
from streamtriage.triage import Progress, triage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from streamtriage.model import Intake, Report
    from streamtriage.redaction import Redacted

__all__ = ["PROGRESS_FILE", "Run", "stop_file"]

# Names the file in which a headless run says where it is; see `headless`.
PROGRESS_FILE = "STREAMTRIAGE_PROGRESS"


class Run:
    """One triage: started once, watched by the panes, ended early by the person.

    With `fault` the lab plays the server, and the intake's URL is not used. With
    `local` the person's machine is looked at too, but never in a rehearsal, whose
    outcome must be the same on every machine. Raises IntakeError if the intake cannot
    be used. `only` names the probes to run, and `port` is where the lab serves, so that
    a run can be repeated at the same address. `known` is what is judged so far.
    """

    def __init__(  # noqa: PLR0913 - what the form, the loop and a test may set
        self,
        intake: Intake,
        *,
        environ: Mapping[str, str] | None = None,
        fault: str = "",
        report_json: str = "",
        local: bool = False,
        only: tuple[str, ...] = (),
        port: int = 0,
    ) -> None:
        self.intake = intake
        self.fault = fault
        self.port = port
        self.local = local and not fault
        self._only = only
        self.report: Report | None = None
        self.known: Report | None = None
        self.complete = False
        self.problem = ""
        self.progress = Progress("Starting")
        self._environ = dict(os.environ if environ is None else environ)
        self._report_json = report_json
        # What was typed into the form is known here and nowhere else.
        secrets = values_of(intake.secret_names, self._environ)
        self._outbox = Outbox(secrets)
        OUTBOX.learn(secrets)
        self._cancel = asyncio.Event()
        self._task: asyncio.Task[Report] | None = None
        self._told: Callable[[], None] = lambda: None
        if not fault:
            target_of(self.intake, self._environ)

    @property
    def running(self) -> bool:
        return self._task is not None and not self._task.done()

    def start(self, told: Callable[[], None]) -> None:
        """Start in the background; `told` is called whenever there is news."""
        self._told = told
        self._task = asyncio.get_running_loop().create_task(self._run())
        # Who awaits `finished` sees a failure; in a form the panes show it.
        self._task.add_done_callback(self._done)

    async def finished(self) -> Report:
        """Wait for the end and return the report."""
        if self._task is None:
            raise RuntimeError("the run has not been started")
        return await asyncio.shield(self._task)

    def stop_watching(self) -> None:
        """End the silent watch now; what was seen is judged.

        A button may be heard in another thread than the one that the run is in.
        """
        if self._task is not None and self.running:
            self._task.get_loop().call_soon_threadsafe(self._cancel.set)

    async def _run(self) -> Report:
        environ = self._environ
        with contextlib.ExitStack() as stack:
            if self.fault:
                # The lab's servers are slow to import, and only a rehearsal has them.
                from streamtriage import lab  # noqa: PLC0415

                server = stack.enter_context(lab.serve(self.fault, self.port))
                # What the shell of the person who meets this fault would hold.
                environ = environ | dict(server.environ)
                given = {
                    "url": server.url,
                    "ca_file": server.ca_file or "",
                    "proxy": server.intake.proxy,
                }
                self.intake = self.intake.model_copy(update=given)
                self.port = urlsplit(server.url).port or 0
            found = None
            if self.local:
                self._progressed(Progress("Reading this machine's clients and logs"))
                found = await evidence_apart(
                    self.intake.url, self._environ, cancel=self._cancel
                )
            report = (
                await triage(
                    self.intake,
                    local=found,
                    environ=environ,
                    on_progress=self._progressed,
                    on_interim=self._interim,
                    on_seen=self._seen,
                    rehearsal=bool(self.fault),
                    cancel=self._cancel,
                    only=self._only,
                )
            ).shown
        self.report = self.known = report
        self.complete = True
        if self._report_json:
            self._keep(report)
        return report

    def _progressed(self, progress: Progress) -> None:
        self.progress = progress
        self._told()
        if file := self._environ.get(PROGRESS_FILE):
            if stop_file(Path(file)).exists():
                self.stop_watching()
            left = "" if progress.left_s is None else f"{progress.left_s:g}"
            self._outbox.append(Path(file), f"{progress.phase}\t{left}\n")

    def _seen(self, known: Redacted[Report]) -> None:
        """Keep what is known: should the kernel be killed now, this is what is left."""
        if self._report_json:
            self._keep(known.shown)
        # Nobody has ended it: that is said only of what is left of a killed kernel.
        self.known = known.amended(interrupted=False, ended_by="").shown
        self._told()

    def _interim(self, report: Redacted[Report]) -> None:
        self.report = self.known = report.shown
        self._told()

    def _keep(self, report: Report) -> None:
        self._outbox.file(Path(self._report_json), saved_json(report, lines=True))

    def _done(self, task: asyncio.Task[Report]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.problem = f"{type(error).__name__}: {error}"
        self._told()


def stop_file(progress: Path) -> Path:
    """Return the file whose existence asks a headless run to end its watch."""
    return progress.with_name("stop")
