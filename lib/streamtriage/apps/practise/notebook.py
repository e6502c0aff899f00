"""One rehearsal in one kernel: a fault is played, guessed at, and shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from streamtriage.apps.named import check_injected
from streamtriage.apps.practise import panes
from streamtriage.apps.practise.draw import (
    ANY,
    HEALTHY,
    candidates,
    drawn,
    known_causes,
)
from streamtriage.apps.practise.form import SURPRISE, Chooser, Guesser
from streamtriage.apps.practise.parameters import PracticeParameters
from streamtriage.apps.triage.panes import of_run
from streamtriage.apps.triage.parameters import ParameterError
from streamtriage.apps.triage.rehearsal import rehearsed
from streamtriage.apps.triage.run import Run
from streamtriage.languages import translate
from streamtriage.markup.markdown import plain
from streamtriage.model import Intake
from streamtriage.notebook.frontend import somebody_looks_on
from streamtriage.notebook.labels import Labels, LanguageOf
from streamtriage.notebook.pane import Pane

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtriage.model import Report

__all__ = ["Practice", "practise"]


def practise(**parameters: Any) -> Practice:  # noqa: ANN401 - checked by the model
    """Check the notebook's parameters, and start unless a form asks first.

    Raises IntakeError, in words. Call it from a cell: the run needs the kernel's event
    loop.
    """
    check_injected(PracticeParameters)
    return Practice(PracticeParameters.read(parameters))


class Practice:
    """What the cells of the rehearsal show.

    As in the triage, cells wait only where nobody looks on. The fault is named only
    when the guess is made, or where nobody can make one.
    """

    def __init__(self, parameters: PracticeParameters) -> None:
        self._seed = parameters.seed
        self._guess = parameters.guess
        if self._guess not in ("", HEALTHY, *known_causes()):
            raise ParameterError(
                translate(
                    "guess: no cause is called {guess!r}; `streamtriage "
                    "causes` lists them, and `healthy` means that nothing is "
                    "wrong.",
                    guess=self._guess,
                )
            )
        ask = parameters.ask
        self._asks = somebody_looks_on() if ask == "auto" else bool(ask)
        self._panes: dict[str, Pane] = {}
        self._run: Run | None = None
        self._fault = parameters.fault
        self._causes: tuple[str, ...] = ()
        self._shown = not self._asks
        self._labels = Labels() if self._asks else None
        self._written_in = parameters.lang
        offered = self._pane("the candidates", self._offered)
        self._guesser = self._make_guesser(offered)
        self._chooser = self._make_chooser()
        if not self._asks or parameters.fault:
            self._begin(parameters.fault or drawn(self._seed))

    @property
    def report(self) -> Report | None:
        """The report once the probes have ended."""
        run = self._run
        return run.report if run is not None and run.complete else None

    def form(self) -> Chooser | Pane:
        """Show what can be played, or where nobody looks on, how it was drawn."""
        return self._chooser or self._pane("drawn", self._drawn)

    async def printed(self) -> Pane:
        """Show what a client prints."""
        return await self._reported("what is printed", panes.printed, riddle=True)

    async def guess(self) -> Guesser | Pane:
        """Show the candidates."""
        return self._guesser or self._panes["the candidates"]

    async def evidence(self) -> Pane:
        """Show what the probes saw."""
        return await self._reported("what the probes saw", panes.evidence)

    async def verdict(self) -> Pane:
        """Show the verdict beside the guess."""
        return await self._reported(
            "the verdict",
            lambda r: panes.verdict(r, self._fault, self._guess),
        )

    async def apart(self) -> Pane:
        """Show what looks the same, and what told it apart."""
        return await self._reported(
            "what told them apart",
            lambda report: panes.apart(report, self._causes, self._fault),
        )

    async def _reported(
        self, name: str, show: Callable[[Report], str], *, riddle: bool = False
    ) -> Pane:
        if not self._asks and self._run is not None:
            await self._run.finished()
        return self._pane(name, lambda: self._whole(show, riddle=riddle))

    def _pane(self, name: str, render: Callable[[], str]) -> Pane:
        self._panes[name] = Pane(name.capitalize(), render, live=self._asks)
        return self._panes[name]

    # --- what a pane shows while the riddle is open ---------------------------------

    def _whole(self, show: Callable[[Report], str], *, riddle: bool) -> str:
        if self._run is None:
            return translate(
                "_Press **Start** in the form above; this fills in by itself._\n"
            )
        if self._run.problem:
            return translate("_Nothing was measured._\n")
        if self.report is None:
            return translate("_The probes are running; this fills in by itself._\n")
        if not riddle and not self._shown:
            return translate("_Guess first, and press **Show the verdict**._\n")
        return f"{of_run(self.report)}{show(self.report)}"

    def _status(self) -> str:
        run = self._run
        if run is None:
            return translate(
                "Pick what to rehearse, or be surprised, and press **Start**.\n"
            )
        if run.problem:
            return translate(
                "**This fault cannot be played on this machine.** "
                "{problem} Pick another one.\n",
                problem=plain(run.problem),
            )
        if run.complete:
            return translate("**Done.** Read what the client prints, then guess.\n")
        return f"**{plain(translate(run.progress.phase))}** …\n"

    def _offered(self) -> str:
        if self._asks and self.report is None:
            return translate("_The candidates come with what the client prints._\n")
        return panes.choices(self._causes, self._guess, asked=self._shown)

    def _drawn(self) -> str:
        return translate(
            "A faulty server was started on this machine and probed. "
            "Which fault it has is told below, after the guess.\n"
        )

    # --- playing --------------------------------------------------------------------

    def _make_guesser(self, offered: Pane) -> Guesser | None:
        if self._labels is None:
            return None
        return Guesser(offered, labels=self._labels, on_guess=self._guessed)

    def _make_chooser(self) -> Chooser | None:
        if self._labels is None:
            return None
        return Chooser(
            self._pane("status", self._status),
            labels=self._labels,
            on_start=self._started,
            language=LanguageOf("practise", self._written_in, self._say_again),
        )

    def _say_again(self) -> None:
        """Say all that is shown in the language that is spoken now."""
        if self._chooser is not None:
            self._chooser.say_again()
        if self._guesser is not None:
            self._guesser.say_again()
        self._changed()

    def _started(self) -> None:
        if self._chooser is None or (self._run is not None and self._run.running):
            return
        group, fault = self._chooser.group.value, self._chooser.fault.value
        self._begin(drawn(self._seed, group or ANY) if fault == SURPRISE else fault)

    def _begin(self, fault: str) -> None:
        self._fault, self._shown = fault, not self._asks
        self._causes = candidates(fault, self._seed)
        self._seed += 1  # so that the next surprise is another one
        self._run = Run(rehearsed(fault, Intake()), fault=fault)
        self._run.start(self._changed)
        if self._guesser is not None:
            self._guess = ""
            self._guesser.close()
        self._changed()

    def _guessed(self) -> None:
        if self._guesser is None or self.report is None:
            return
        self._guess, self._shown = self._guesser.guess.value or "", True
        self._guesser.close()
        self._changed()

    def _changed(self) -> None:
        running = self._run is not None and self._run.running
        if self._chooser is not None:
            self._chooser.start.disabled = running
        riddle = self.report is not None and not self._shown
        if self._guesser is not None and riddle and self._guesser.show.disabled:
            self._guesser.offer(self._causes)
        for pane in self._panes.values():
            pane.refresh()
