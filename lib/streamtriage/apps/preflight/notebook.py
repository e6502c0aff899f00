"""The preflight runbook in one kernel: its form, its run, its panes, its end."""

from __future__ import annotations

import asyncio
import os
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from streamtriage.apps.named import check_injected, rehearsal_asked, unnamed
from streamtriage.apps.preflight import Asking, checks_markdown, headline, preflight
from streamtriage.apps.preflight import panes as contents
from streamtriage.apps.preflight.parameters import PreflightParameters
from streamtriage.apps.triage.form import Form
from streamtriage.apps.triage.rehearsal import banner, rehearsed
from streamtriage.languages import translate
from streamtriage.markup.markdown import plain, prose
from streamtriage.notebook.frontend import somebody_looks_on
from streamtriage.notebook.labels import LanguageOf
from streamtriage.notebook.pane import Pane
from streamtriage.outbox import Outbox
from streamtriage.redaction import values_of
from streamtriage.refusal import InWordsError
from streamtriage.transport.target import IntakeError, target_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from streamtriage.apps.preflight import Preflight, Server
    from streamtriage.model import Intake
    from streamtriage.triage import Progress

__all__ = ["Gate", "PreflightFailed", "begin_preflight"]

# What a rehearsal asks where no fault is named.
SOUND = "healthy"
_WAITING = "_Press **Run** in the form above; this fills in by itself._\n"


class PreflightFailed(InWordsError):  # noqa: N818 - the name is what a build's log shows
    """The preflight did not pass; a build that runs the notebook stops here."""


def begin_preflight(**parameters: Any) -> Gate:  # noqa: ANN401 - checked by the model
    """Check the notebook's parameters, and start the run unless a form asks first.

    Raises IntakeError, in words, if they cannot be used. Call it from a cell: the run
    needs the kernel's event loop.
    """
    check_injected(PreflightParameters)
    return Gate(PreflightParameters.read(parameters))


class Gate:
    """What the cells of the preflight show.

    Where nobody looks on, cells wait for the run and the last one raises
    PreflightFailed; in a frontend the panes fill in, and nothing is raised.
    """

    def __init__(
        self,
        parameters: PreflightParameters,
        *,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._parameters = parameters
        self._environ = dict(os.environ if environ is None else environ)
        ask = parameters.ask
        self._asks = somebody_looks_on() if ask == "auto" else bool(ask)
        self._panes: dict[str, Pane] = {}
        self._task: asyncio.Task[Preflight] | None = None
        self._done: Preflight | None = None
        self._problem, self._phase = "", ""
        self._fault, self._written = "", list[str]()
        self._cancel = asyncio.Event()
        self._intake = parameters.intake(self._environ)
        asked = parameters.lab_fault or rehearsal_asked(self._environ)
        if not self._asks and not parameters.url and not asked:
            raise unnamed("url", "'https://host/mcp'", f"lab_fault = '{SOUND}'")
        self._form = self._make_form() if self._asks else None
        if self._form is None or parameters.url:
            fault = "" if parameters.url else parameters.lab_fault or SOUND
            self._begin(self._intake, self._environ, fault)

    @property
    def done(self) -> Preflight | None:
        """What the run came to; None while it runs."""
        return self._done

    def form(self) -> Form | Pane:
        """Show the form, or where nobody looks on, what was entered."""
        return self._form or self._pane("What was entered", self._entered)

    async def checks(self) -> Pane:
        """Show the table of checks."""
        return await self._shown("Checks", self._table)

    async def reasons(self) -> Pane:
        """Show what fails or is put up with, why, and the first fix."""
        return await self._shown("Reasons", contents.reasons)

    async def unknown(self) -> Pane:
        """Show what was not judged."""
        return await self._shown("Unknown", contents.unknown)

    async def files(self) -> Pane:
        """Show what was written for machines."""
        return await self._shown("Files", lambda _server: contents.files(self._written))

    async def conclude(self) -> Pane:
        """Show the result; raises PreflightFailed where nobody looks on."""
        pane = await self._shown("Result", lambda _server: self._result())
        if self._form is None and self._done is not None and self._done.exit_code:
            raise PreflightFailed(contents.why(self._done))
        return pane

    async def finished(self) -> None:
        """Wait until the run that was started is over; a crash of ours is raised."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def _shown(self, title: str, show: Callable[[Server], str]) -> Pane:
        if self._form is None:
            await self.finished()
        return self._pane(title, lambda: self._whole(show))

    def _pane(self, title: str, render: Callable[[], str]) -> Pane:
        self._panes[title] = Pane(title, render, live=self._asks)
        return self._panes[title]

    # --- what the panes say -----------------------------------------------------------

    def _whole(self, show: Callable[[Server], str]) -> str:
        if self._done is not None:
            return f"{self._of_run()}{show(self._done.servers[0])}"
        if self._problem:
            return translate(
                "_Nothing was run: {problem}_\n", problem=plain(self._problem)
            )
        if self._task is None:
            return translate(_WAITING)
        return translate("_The probes are running; this fills in by itself._\n")

    def _of_run(self) -> str:
        """Name the run that a pane is of, in a line above it."""
        done = self._done
        if done is None:
            return ""
        played = f"{translate('REHEARSAL')}. " if done.rehearsal else ""
        where = f"`{done.servers[0].url}`"
        told = translate(
            "{played}Run of {taken_at:%Y-%m-%d %H:%M:%S} UTC against {where}.",
            played=played,
            taken_at=done.taken_at,
            where=where,
        )
        return f"_{prose(told)}_\n\n"

    def _entered(self) -> str:
        shown = self._intake.model_copy(update={"url": ""} if self._fault else {})
        told = banner(self._fault) if self._fault else ""
        return told + contents.entered(shown, self._parameters)

    def _status(self) -> str:
        if self._problem:
            return f"**{plain(self._problem)}**\n"
        if self._done is not None:
            return f"**{plain(headline(self._done))}**\n"
        if self._task is None:
            return translate("Fill the form in and press **Run**.\n")
        return f"**{plain(translate(self._phase or 'Starting'))}** …\n"

    def _result(self) -> str:
        return contents.result(self._done) if self._done else ""

    def _table(self, server: Server) -> str:
        told = banner(self._fault) if self._fault else ""
        return f"{told}{checks_markdown(server)}"

    # --- running ----------------------------------------------------------------------

    def _make_form(self) -> Form:
        panes = (
            self._pane("How far it is", self._status),
            self._pane("What was entered", self._entered),
        )
        return Form(
            self._intake,
            panes,
            on_run=self._pressed,
            on_cancel=self._stop,
            on_rehearse=self._rehearse,
            # Nobody has to paste a text here: the question is about the server alone.
            names=PreflightParameters.names(),
            language=LanguageOf("preflight", self._parameters.lang, self._say_again),
        )

    def _say_again(self) -> None:
        """Say all that is shown in the language that is spoken now."""
        if self._form is not None:
            self._form.servers.say_again()
        self._changed()

    def _stop(self) -> None:
        self._cancel.set()

    def _pressed(self) -> None:
        if self._form is None or self._busy:
            return
        try:
            intake = self._form.intake()
            if intake.url:
                self._begin(intake, self._environ | self._form.secrets())
            else:
                self._refuse(
                    translate("Which server? Type its URL, or press Rehearse.")
                )
        except IntakeError as problem:
            self._refuse(str(problem))

    def _rehearse(self) -> None:
        """Check a server of this tool's own, whatever address stands in the form."""
        if self._form is None or self._busy:
            return
        try:
            intake = self._form.intake().model_copy(update={"url": ""})
            fault = self._parameters.lab_fault or SOUND
            self._begin(intake, self._environ | self._form.secrets(), fault)
        except IntakeError as problem:
            self._refuse(str(problem))

    @property
    def _busy(self) -> bool:
        return self._task is not None and not self._task.done()

    def _refuse(self, problem: str) -> None:
        """Say why nothing runs; what an earlier run said is not about this input."""
        self._problem, self._done, self._task = problem, None, None
        self._changed()

    def _begin(
        self, intake: Intake, environ: Mapping[str, str], fault: str = ""
    ) -> None:
        self._fault, self._problem, self._written = fault, "", []
        hold = {"hold_s": intake.hold_s}
        if fault:
            # The lab's own intake, but no longer than the person wants to wait.
            intake = rehearsed(fault, intake).model_copy(update=hold)
        else:
            target_of(intake, environ)
        self._intake, self._done = intake, None
        self._cancel = asyncio.Event()
        run = self._run(intake, environ)
        self._task = asyncio.get_running_loop().create_task(run)
        self._task.add_done_callback(self._ended)
        self._changed()

    async def _run(self, intake: Intake, environ: Mapping[str, str]) -> Preflight:
        with ExitStack() as stack:
            if self._fault:
                # The lab's servers are slow to import, and only a rehearsal has them.
                from streamtriage import lab  # noqa: PLC0415

                server = stack.enter_context(lab.serve(self._fault))
                given = {"url": server.url, "ca_file": server.ca_file or ""}
                intake = intake.model_copy(update=given)
            asking = Asking(
                tries=self._parameters.tries,
                environ=environ,
                on_progress=self._progressed,
                cancel=self._cancel,
                rehearsal=bool(self._fault),
            )
            done = await preflight([intake], self._parameters.policy(), asking)
        secrets = values_of(intake.secret_names, environ)
        self._written = list(contents.kept(done, self._parameters, Outbox(secrets)))
        self._done = done
        return done

    def _progressed(self, progress: Progress) -> None:
        self._phase = progress.phase
        self._changed()

    def _ended(self, task: asyncio.Task[Preflight]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            name = type(error).__name__
            self._problem = translate(
                "The tool failed; this says nothing about the server: {name}: {error}",
                name=name,
                error=error,
            )
        self._changed()

    def _changed(self) -> None:
        if self._form is not None:
            self._form.running(self._busy)
        for pane in self._panes.values():
            pane.refresh()
