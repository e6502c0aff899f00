"""One runbook in one kernel: its parameters, its form, its run, and its panes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streamtriage.model import Report
from streamtriage.notebook import contents, loop_contents
from streamtriage.notebook.form import Form
from streamtriage.notebook.frontend import somebody_looks_on
from streamtriage.notebook.ledger_file import in_earnest, read_json
from streamtriage.notebook.looking import Looking, machine_text, may_look
from streamtriage.notebook.loop import Loop
from streamtriage.notebook.loop_form import LoopForm
from streamtriage.notebook.named import check_injected, rehearsal_asked, unnamed
from streamtriage.notebook.pane import Pane, Together
from streamtriage.notebook.parameters import Parameters
from streamtriage.notebook.rehearsal import FAULT, banner, rehearsed
from streamtriage.notebook.run import Run
from streamtriage.notebook.ticket_button import HOW, TicketButton
from streamtriage.redaction import values_of
from streamtriage.report.markdown_markup import plain, prose
from streamtriage.report.pictures import verdict_pictures
from streamtriage.ticket import attachment
from streamtriage.wire.target import IntakeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from streamtriage.model import Intake
    from streamtriage.report.pictures import Picture

__all__ = ["Runbook", "begin"]


def begin(**parameters: Any) -> Runbook:  # noqa: ANN401 - checked by the model
    """Check the notebook's parameters, and start the run unless a form asks first.

    Raises IntakeError, in words, if they cannot be used. Call it from a cell: the run
    needs the kernel's event loop.
    """
    check_injected(Parameters)
    return Runbook(Parameters.read(parameters))


class Runbook:
    """What the cells of a runbook show.

    Where nobody looks on, a cell waits for the run. In a frontend no cell waits, since
    a kernel that waits in a cell cannot hear a button: the panes fill in by themselves.
    """

    def __init__(
        self, parameters: Parameters, *, environ: Mapping[str, str] | None = None
    ) -> None:
        self._parameters = parameters
        self._environ = dict(os.environ if environ is None else environ)
        ask = parameters.ask
        self._asks = somebody_looks_on() if ask == "auto" else bool(ask)
        self._panes: dict[str, Pane] = {}
        self._run: Run | None = None
        self._problem = ""
        self._working = _working(parameters)
        self._loop_form: LoopForm | None = None
        self._loop = Loop(
            parameters,
            base=lambda: self._run,
            environ=self._everything,
            told=self._changed,
            replace=self._replaced,
            asks=self._asks,
        )
        self._intake = parameters.intake(self._environ)
        self._local = may_look(self._environ)
        self._looking = Looking(self._environ)
        if not self._asks and not parameters.url:
            self._fault_named()
        self._form = self._make_form() if self._asks else None
        if self._form is not None:
            self._look(self._form)
        if self._form is None or parameters.url or parameters.error:
            self._begin(self._intake, self._environ)

    def _fault_named(self) -> None:
        """Refuse to rehearse where nobody looks on and nobody asked for it."""
        if not self._parameters.lab_fault and not rehearsal_asked(self._environ):
            raise unnamed("url", "'https://host/mcp'", f"lab_fault = '{FAULT}'")

    @property
    def report(self) -> Report | None:
        """The report as it is now; None before the active probes have ended."""
        return self._run.report if self._run else None

    def form(self) -> Form | Pane:
        """Show the form, or where nobody looks on, what was entered."""
        return self._form or self._pane("entered", "What was entered", self._entered)

    async def signature(self) -> Pane:
        """Show what the pasted text says."""
        return await self._reported(
            "signature", lambda report: contents.signature(self._given(), report)
        )

    async def evidence(self, *probes: str) -> Pane:
        """Show what these probes saw."""
        return await self._reported(
            f"evidence: {' '.join(probes)}",
            lambda report: contents.evidence(report, probes),
            lambda report: contents.evidence_pictures(report, probes),
        )

    async def machine(self) -> Pane:
        """Show what the person's own machine says."""
        if self._form is None and self._run is not None:
            await self._run.finished()
        return self._pane("machine", "Machine", self._machine)

    async def verdict(self) -> Pane:
        """Show the verdict; the report travels with it in the saved notebook."""
        return await self._reported(
            "verdict",
            lambda report: self._rehearsal() + contents.verdict(report),
            verdict_pictures,
            self._attachment,
        )

    async def others(self) -> Pane:
        """Show what others have seen, each source against what was seen here."""
        return await self._reported("others", loop_contents.others)

    async def compared(self) -> Pane:
        """Show what differs from a setup that works."""
        return await self._reported(
            "compared", lambda report: loop_contents.compared(report, self._working)
        )

    async def change(self) -> LoopForm | Pane:
        """Show the form of the next change, or where nobody looks on, the ledger."""
        if self._form is None:
            if self._run is not None:
                await self._run.finished()
            await self._loop.headless()
            return self._pane("ledger", "The ledger", self._loop.text)
        panes = (
            self._pane("ledger", "The ledger", self._loop.text),
            self._pane("probed", "One probe", self._loop.probed),
        )
        self._loop_form = LoopForm(
            self._loop, panes, secrets=self._secrets, told=self._changed
        )
        return self._loop_form

    async def record(self) -> Together:
        """Show the documented fix, and under it how to make the ticket."""
        fix = self._pane("record", "The fix", self._loop.record)
        return Together((fix, self._ticket()))

    def _ticket(self) -> TicketButton | Pane:
        if self._form is None:
            return self._pane("ticket", "How to make the ticket", lambda: HOW)
        return TicketButton(self._final, environ=self._everything)

    def _final(self) -> Report | None:
        return self._run.report if self._run and self._run.complete else None

    def _attachment(self) -> dict[str, str]:
        if self._run is None or self._run.report is None:
            return {}
        return attachment(self._run.report, complete=self._run.complete)

    async def _reported(
        self,
        title: str,
        show: Callable[[Report], str],
        draw: Callable[[Report], Sequence[Picture]] = lambda _report: (),
        attached: Callable[[], dict[str, str]] = dict,
    ) -> Pane:
        if self._form is None and self._run is not None:
            await self._run.finished()
        once = _once(show)
        pane = Pane(
            title.capitalize(),
            lambda: self._whole(once),
            lambda: self._drawn(draw),
            below=title == "verdict",
            attached=attached,
        )
        self._panes[title] = pane
        return pane

    def _pane(self, name: str, title: str, render: Callable[[], str]) -> Pane:
        self._panes[name] = Pane(title, render)
        return self._panes[name]

    # --- what a pane shows while there is no report yet, or not all of it -------------

    def _whole(self, show: Callable[[Report], str]) -> str:
        if self._run is None:
            return "_Press **Run** in the form above; this fills in by itself._\n"
        if self._run.report is None:
            if self._run.problem:
                return "_Nothing was measured._\n"
            return "_The probes are running; this fills in by itself._\n"
        text = show(self._run.report)
        return text if self._run.complete else f"_So far; the watch goes on._\n\n{text}"

    def _drawn(
        self, draw: Callable[[Report], Sequence[Picture]]
    ) -> Sequence[Picture] | None:
        """Return the pictures; None while there are none and some may come."""
        if self._run is None or self._run.report is None:
            return None
        return draw(self._run.report) or (() if self._run.complete else None)

    def _entered(self) -> str:
        chosen = self._form.servers.chosen if self._form else ""
        return self._rehearsal() + contents.entered(self._given(), chosen)

    def _machine(self) -> str:
        return machine_text(
            self._run, self._looking, may_look=self._local, asks=self._asks
        )

    def _given(self) -> Intake:
        """Return what the run was given; the lab's address is no one's input."""
        if self._run is None:
            return self._intake
        if self._run.fault:
            return self._run.intake.model_copy(update={"url": "", "ca_file": ""})
        return self._run.intake

    def _rehearsal(self) -> str:
        fault = self._run.fault if self._run else ""
        return banner(fault) if fault else ""

    def _status(self) -> str:
        if self._problem:
            return f"**{plain(self._problem)}**\n"
        run = self._run
        if run is None:
            return "Fill the form in and press **Run**.\n"
        if run.problem:
            said = "The tool failed; this says nothing about the server."
            return f"**{said}** {plain(run.problem)}\n"
        if run.complete and run.report is not None:
            return f"**Done.** {prose(run.report.verdict.summary)}\n"
        left = run.progress.left_s
        rest = "" if left is None else f", {left:g} s left"
        so_far = (
            ""
            if run.report is None
            else f" So far: {prose(run.report.verdict.summary)}"
        )
        return f"**{plain(run.progress.phase)}**{rest}.{so_far}\n"

    # --- running ----------------------------------------------------------------------

    def _make_form(self) -> Form:
        panes = (
            self._pane("status", "How far it is", self._status),
            self._pane("entered", "What was entered", self._entered),
        )
        return Form(self._intake, panes, on_run=self._pressed, on_cancel=self._stop)

    def _pressed(self) -> None:
        busy = self._loop.running or (self._run is not None and self._run.running)
        if self._form is None or busy:
            return
        self._problem = ""
        try:
            intake = self._form.intake()
            self._begin(intake, self._environ | self._form.secrets())
        except IntakeError as problem:
            self._problem = str(problem)
        self._changed()

    def _look(self, form: Form) -> None:
        """Fill the form's list of servers as soon as the machine was looked at."""
        if not self._local:
            form.servers.say("This machine's MCP clients are not looked at, as asked.")
            return

        def told() -> None:
            form.servers.tell(self._looking)
            self._changed()

        self._looking.start(told)

    def _stop(self) -> None:
        self._loop.stop()
        if self._run is not None:
            self._run.stop_watching()

    def _begin(self, intake: Intake, environ: Mapping[str, str]) -> None:
        fault = "" if intake.url else self._parameters.lab_fault or FAULT
        self._run = Run(
            rehearsed(fault, intake) if fault else intake,
            environ=environ,
            fault=fault,
            report_json=self._parameters.report_json,
            local=self._local,
        )
        self._run.start(self._changed)
        self._changed()

    def _everything(self) -> Mapping[str, str]:
        return self._environ | (self._form.secrets() if self._form else {})

    def _secrets(self) -> tuple[str, ...]:
        """Return the secrets that the run knows, to be hidden in what is typed."""
        if self._run is None:
            return ()
        return values_of(self._run.intake.secret_names, self._everything())

    def _replaced(self, run: Run) -> None:
        """Show a run of everything again in every pane."""
        self._run = run

    def _changed(self) -> None:
        busy = (self._run is not None and self._run.running) or self._loop.running
        if self._form is not None:
            self._form.running(busy)
        if self._loop_form is not None:
            self._loop_form.running(now=busy)
        for pane in self._panes.values():
            pane.refresh()


def _once(show: Callable[[Report], str]) -> Callable[[Report], str]:
    """Render a report once: panes are asked for their text at every piece of news."""
    kept: list[tuple[Report, str]] = []

    def text(report: Report) -> str:
        if not kept or kept[0][0] is not report:
            kept[:] = [(report, show(report))]
        return kept[0][1]

    return text


def _working(parameters: Parameters) -> Report | None:
    """Read the report of a setup that works, if one is named."""
    if not parameters.working:
        return None
    working = read_json("working", Path(parameters.working), Report)
    in_earnest("working", working, parameters.url)
    return working
