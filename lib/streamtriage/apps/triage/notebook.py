"""One runbook in one kernel: its parameters, its form, its run, and its panes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from streamtriage.apps.named import check_injected, rehearsal_asked, unnamed
from streamtriage.apps.triage import changes_panes, panes
from streamtriage.apps.triage.answer_pane import Answer, card_keys
from streamtriage.apps.triage.changes_files import in_earnest, read_json
from streamtriage.apps.triage.changes_form import LoopForm
from streamtriage.apps.triage.changes_notebook import Loop
from streamtriage.apps.triage.form import Form
from streamtriage.apps.triage.machine_scan import Looking, machine_text, may_look
from streamtriage.apps.triage.parameters import Parameters
from streamtriage.apps.triage.rehearsal import FAULT, banner, rehearsed
from streamtriage.apps.triage.run import Run
from streamtriage.apps.triage.run_words import run_words
from streamtriage.apps.triage.ticket_button import TicketButton, how
from streamtriage.charts import verdict_pictures
from streamtriage.languages import spoken, translate
from streamtriage.markup.html import prose as prose_html
from streamtriage.markup.html import tag
from streamtriage.markup.markdown import folded, plain
from streamtriage.model import Report
from streamtriage.notebook.frontend import somebody_looks_on
from streamtriage.notebook.labels import LanguageOf
from streamtriage.notebook.language import speak_for
from streamtriage.notebook.pane import Pane, Together
from streamtriage.redaction import values_of
from streamtriage.report.html import card_html, rest_html
from streamtriage.report.sections import document_of
from streamtriage.ticket import attachment
from streamtriage.transport.target import IntakeError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from streamtriage.charts import Picture
    from streamtriage.model import Intake

__all__ = ["Runbook", "begin"]


_SO_FAR = "So far; the watch goes on."
# The runbook that this kernel shows: its form cell may be run again at any time, as
# after a reload of the page, and then shows the present and starts nothing.
_SHOWN: list[Runbook] = []


def begin(**parameters: Any) -> Runbook:  # noqa: ANN401 - checked by the model
    """Check the notebook's parameters, and start the run unless a form asks first.

    Called again with the same parameters while somebody looks on, it returns the
    runbook that is there, with its run. Raises IntakeError, in words, if they cannot be
    used. Call it from a cell: the run needs the kernel's event loop.
    """
    check_injected(Parameters)
    wanted = Parameters.read(parameters)
    if _SHOWN:
        if _SHOWN[0].asks and _SHOWN[0].parameters == wanted:
            return _SHOWN[0]
        _SHOWN.pop().stop()
    _SHOWN.append(Runbook(wanted))
    return _SHOWN[0]


class Runbook:
    """What the cells of a runbook show.

    Where nobody looks on, a cell waits for the run. In a frontend no cell waits, since
    a kernel that waits in a cell cannot hear a button: the panes fill in by themselves.
    """

    def __init__(
        self, parameters: Parameters, *, environ: Mapping[str, str] | None = None
    ) -> None:
        self.parameters = parameters
        self._environ = dict(os.environ if environ is None else environ)
        speak_for(parameters.lang, self._environ)
        ask = parameters.ask
        self.asks = somebody_looks_on() if ask == "auto" else bool(ask)
        self._panes: dict[str, Pane] = {}
        self._run: Run | None = None
        self._problem = ""
        self._working = _working(parameters)
        self._loop_form: LoopForm | None = None
        self._ticket_button: TicketButton | None = None
        self._loop = Loop(
            parameters,
            base=lambda: self._run,
            environ=self._everything,
            told=self._changed,
            replace=self._replaced,
            asks=self.asks,
        )
        self._intake = parameters.intake(self._environ)
        self._local = may_look(self._environ)
        self._looking = Looking(self._environ)
        self._answer: Answer | None = None
        self._form = self._make_form() if self.asks else None
        if self._form is None:
            self._begin_headless()
            return
        self._look(self._form)
        if parameters.url:
            self._begin(self._intake, self._environ)
        elif parameters.error:
            self._ask_which()

    def _begin_headless(self) -> None:
        """Start; refuse to rehearse where nobody looks on and nobody asked for it."""
        fault = self.parameters.lab_fault
        if not self.parameters.url and not fault:
            if not rehearsal_asked(self._environ):
                raise unnamed("url", "'https://host/mcp'", f"lab_fault = '{FAULT}'")
            fault = FAULT
        self._begin(self._intake, self._environ, "" if self._intake.url else fault)

    @property
    def report(self) -> Report | None:
        """The report as it is now; None before the active probes have ended."""
        return self._run.report if self._run else None

    @property
    def status(self) -> str:
        """The line under the button, in plain words; empty where there is no form."""
        return self._answer.text if self._answer is not None else ""

    @property
    def shown(self) -> Answer:
        """What stands under the form's button."""
        assert self._answer is not None
        return self._answer

    def form(self) -> Form | Pane:
        """Return the form, or where nobody looks on, what was entered."""
        return self._form or self._pane("entered", "What was entered", self._entered)

    async def answer(self) -> Form | Pane:
        """Show the form with the answer under it; where nobody looks on, the answer."""
        if self._form is not None:
            return self._form
        return await self.verdict()

    async def verdict(self) -> Pane:
        """Show the verdict; the report travels with it in the saved notebook."""
        return await self._reported(
            "verdict",
            self._verdict,
            draw=verdict_pictures,
            html=self._card,
            attached=self._attachment,
        )

    async def details(self) -> Pane:
        """Show all that the verdict rests on, a line a probe."""
        return await self._reported(
            "details",
            panes.details,
            draw=panes.details_pictures,
            html=lambda report: rest_html(document_of(report), card_keys(report)),
        )

    async def signature(self) -> Pane:
        """Show what the pasted text says."""
        return await self._reported(
            "signature", lambda report: panes.signature(self._given(), report)
        )

    async def machine(self) -> Pane:
        """Show what the person's own machine says."""
        if self._form is None and self._run is not None:
            await self._run.finished()
        return self._pane("machine", "Machine", self._machine)

    async def others(self) -> Pane:
        """Show what others have seen, each source against what was seen here."""
        return await self._reported("others", changes_panes.others)

    async def compared(self) -> Pane:
        """Show what differs from a setup that works."""
        return await self._reported(
            "compared", lambda report: changes_panes.compared(report, self._working)
        )

    async def change(self) -> LoopForm | Pane:
        """Show the form of the next change, or where nobody looks on, the ledger."""
        if self._form is None:
            if self._run is not None:
                await self._run.finished()
            await self._loop.headless()
            return self._pane("ledger", "The ledger", self._ledger)
        panes = (
            self._pane("ledger", "The ledger", self._ledger),
            self._pane("probed", "One probe", self._loop.probed),
        )
        self._loop_form = LoopForm(
            self._loop, panes, secrets=self._secrets, told=self._changed
        )
        return self._loop_form

    async def record(self) -> Together:
        """Show the documented fix, and under it how to make the ticket."""
        fix = self._pane("record", "The fix", self._record)
        return Together((fix, self._ticket()))

    def stop(self) -> None:
        """End what runs; what was seen is judged."""
        self._loop.stop()
        if self._run is not None:
            self._run.stop_watching()

    def _ticket(self) -> TicketButton | Pane:
        if self._form is None:
            return self._pane("ticket", "How to make the ticket", how)
        self._ticket_button = TicketButton(self._final, environ=self._everything)
        return self._ticket_button

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
        *,
        draw: Callable[[Report], Sequence[Picture]] = lambda _report: (),
        html: Callable[[Report], str] | None = None,
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
            html=None if html is None else lambda: self._alive(html),
            live=self.asks,
        )
        self._panes[title] = pane
        return pane

    def _pane(self, name: str, title: str, render: Callable[[], str]) -> Pane:
        self._panes[name] = Pane(title, render, live=self.asks)
        return self._panes[name]

    # --- what a pane shows while there is no report yet, or not all of it -------------

    def _waiting(self) -> str:
        """Say why a pane is empty; nothing once there is a report."""
        if self._problem:
            return translate("Nothing was run: {why}", why=self._problem)
        if self._run is None:
            return translate("Nothing was run yet. Press Run in the form above.")
        if self._run.report is None:
            if self._run.problem:
                return translate("Nothing was measured.")
            return translate("The probes are running; this fills in by itself.")
        return ""

    def _whole(self, show: Callable[[Report], str]) -> str:
        report = self.report
        if report is None or self._waiting():
            return f"_{plain(self._waiting())}_\n"
        so_far = "" if self._complete else f"_{translate(_SO_FAR)}_\n\n"
        return f"{panes.of_run(report)}{so_far}{show(report)}"

    def _alive(self, html: Callable[[Report], str]) -> str:
        """Return what the widget of a pane shows, of our own HTML."""
        report = self.report
        if report is None or self._waiting():
            return tag("p", self._waiting(), class_="quiet")
        so_far = "" if self._complete else f" {translate(_SO_FAR)}"
        named = tag("p", prose_html(run_words(report) + so_far), class_="run")
        return f"{named}{html(report)}"

    @property
    def _complete(self) -> bool:
        return self._run is not None and self._run.complete

    def _drawn(
        self, draw: Callable[[Report], Sequence[Picture]]
    ) -> Sequence[Picture] | None:
        """Return the pictures; None while there are none and some may come."""
        if self.report is None:
            return None
        return draw(self.report) or (() if self._complete else None)

    def _verdict(self, report: Report) -> str:
        chosen = self._form.servers.chosen if self._form else ""
        entered = panes.entered(self._given(), chosen)
        given = folded(translate("What was entered"), entered)
        return f"{self._rehearsal()}{panes.verdict(report)}\n{given}"

    @staticmethod
    def _card(report: Report) -> str:
        return card_html(document_of(report), card_keys(report))

    def _entered(self) -> str:
        return self._rehearsal() + panes.entered(self._given())

    def _machine(self) -> str:
        return machine_text(
            self._run, self._looking, may_look=self._local, asks=self.asks
        )

    def _ledger(self) -> str:
        report = self.report
        named = panes.of_run(report) if report is not None and self._complete else ""
        return named + self._loop.text()

    def _record(self) -> str:
        report = self.report
        named = panes.of_run(report) if report is not None and self._complete else ""
        return named + self._loop.record()

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

    # --- running ----------------------------------------------------------------------

    def _make_form(self) -> Form:
        self._answer = Answer(
            run=lambda: self._run, problem=lambda: self._problem, loop=self._loop
        )
        kept = Pane(
            "The answer",
            lambda: self._whole(self._kept),
            lambda: self._drawn(verdict_pictures) or None,
            below=True,
            attached=self._attachment,
            live=False,
            dated=True,
        )
        self._panes["kept"] = kept
        return Form(
            self._intake,
            (kept,),
            on_run=self._pressed,
            on_cancel=self.stop,
            on_rehearse=self._rehearse,
            language=LanguageOf("triage", self.parameters.lang, self._say_again),
            below=(self._answer.box,),
        )

    def _kept(self, report: Report) -> str:
        return self._verdict(report)

    @property
    def _busy(self) -> bool:
        return self._loop.running or (self._run is not None and self._run.running)

    def _pressed(self) -> None:
        if self._form is None or self._busy:
            return
        try:
            intake = self._form.intake()
            if intake.url:
                self._begin(intake, self._everything())
                self._come_into_sight()
            else:
                self._ask_which()
        except IntakeError as problem:
            self._refuse(str(problem))

    def _rehearse(self) -> None:
        """Triage a server of this tool's own, whatever address stands in the form."""
        if self._form is None or self._busy:
            return
        try:
            intake = self._form.intake().model_copy(update={"url": ""})
            fault = self.parameters.lab_fault or FAULT
            self._begin(intake, self._everything(), fault)
            self._come_into_sight()
        except IntakeError as problem:
            self._refuse(str(problem))

    def _come_into_sight(self) -> None:
        if self._answer is not None:
            self._answer.come_into_sight()

    def _ask_which(self) -> None:
        assert self._form is not None
        self._refuse(
            translate(
                "Which server? Choose it from the list, or type its URL, as it stands "
                "in the client's configuration. To see the tool at work, press "
                "Rehearse."
            )
        )
        self._form.servers.ask()

    def _refuse(self, problem: str) -> None:
        """Say why nothing runs; what an earlier run said is not about this input."""
        self._problem, self._run = problem, None
        self._loop.forget()
        if self._form is not None:
            self._form.servers.asked()
        self._changed()

    def _look(self, form: Form) -> None:
        """Fill the form's list of servers as soon as the machine was looked at."""
        if not self._local:
            form.servers.say(
                lambda: translate(
                    "This machine's MCP clients are not looked at, as asked."
                )
            )
            return

        def told() -> None:
            form.servers.tell(self._looking)
            if self._problem and self._run is None:
                form.servers.ask()
            self._changed()

        self._looking.start(told)

    def _begin(
        self, intake: Intake, environ: Mapping[str, str], fault: str = ""
    ) -> None:
        run = Run(
            rehearsed(fault, intake) if fault else intake,
            environ=environ,
            fault=fault,
            report_json=self.parameters.report_json,
            local=self._local,
        )
        self._run, self._problem = run, ""
        self._loop.forget()
        if self._form is not None:
            self._form.servers.asked()
        run.start(self._changed)
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

    def _say_again(self) -> None:
        """Say all that is shown in the language that is spoken now."""
        if self._form is not None:
            self._form.servers.say_again()
        if self._loop_form is not None:
            self._loop_form.labels.say_again()
        if self._ticket_button is not None:
            self._ticket_button.say_again()
        if self._answer is not None:
            self._answer.say_again()
        self._changed()

    def _changed(self) -> None:
        if self._form is not None:
            self._form.running(self._busy)
        if self._loop_form is not None:
            self._loop_form.running(now=self._busy)
        if self._answer is not None:
            self._answer.refresh()
        for pane in self._panes.values():
            pane.refresh()


def _once(show: Callable[[Report], str]) -> Callable[[Report], str]:
    """Render a report once: panes are asked for their text at every piece of news."""
    kept: list[tuple[Report, str, str]] = []

    def text(report: Report) -> str:
        if not kept or kept[0][0] is not report or kept[0][1] != spoken():
            kept[:] = [(report, spoken(), show(report))]
        return kept[0][2]

    return text


def _working(parameters: Parameters) -> Report | None:
    """Read the report of a setup that works, if one is named."""
    if not parameters.working:
        return None
    working = read_json("working", Path(parameters.working), Report)
    in_earnest("working", working, parameters.url)
    return working
