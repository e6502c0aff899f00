"""The fleet runbook in one kernel: its parameters, its run, and its panes."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from IPython.display import display

from streamtriage.apps.fleet import panes
from streamtriage.apps.fleet.parameters import FleetParameters
from streamtriage.apps.fleet.rehearsal import BANNER, rehearsed_fleet
from streamtriage.apps.named import check_injected
from streamtriage.apps.triage import panes as triage_panes
from streamtriage.fleet.cluster import here
from streamtriage.fleet.journal import read_report
from streamtriage.fleet.machine import targets_of_this_machine
from streamtriage.fleet.pipeline import Wanted, compared, conduct, new_folder
from streamtriage.fleet.run import FleetProgress, Limits
from streamtriage.fleet.runs import courses, past_run
from streamtriage.fleet.summary import exit_code
from streamtriage.fleet.targets import read_targets
from streamtriage.languages import translate
from streamtriage.markup.markdown import plain
from streamtriage.notebook.frontend import somebody_looks_on
from streamtriage.notebook.pane import Pane
from streamtriage.refusal import InWordsError

if TYPE_CHECKING:
    from streamtriage.fleet.cluster import Place
    from streamtriage.fleet.row import Row
    from streamtriage.fleet.targets import Targets

__all__ = ["FleetBook", "FleetFailed", "begin_fleet"]


def begin_fleet(**parameters: Any) -> FleetBook:  # noqa: ANN401 - checked by the model
    """Check the notebook's parameters, and start the run.

    Raises ParameterError or TargetListError, in words, if they cannot be used. Call it
    from a cell: the run needs the kernel's event loop.
    """
    check_injected(FleetParameters)
    book = FleetBook(FleetParameters.read(parameters))
    book.start()
    return book


class FleetFailed(InWordsError):  # noqa: N818 - the name is what a build's log shows
    """Not every server is well; a build that runs the notebook stops here."""


class FleetBook:
    """What the cells of the fleet runbook show; they wait for the run."""

    def __init__(self, given: FleetParameters) -> None:
        self._given = given
        self._targets = _targets(given)
        self._out = Path(given.out) if given.out else None
        self._now: FleetProgress | None = None
        self._dashboard = ""
        self._began = datetime.now(UTC)
        self._task: asyncio.Task[tuple[Row, ...]] | None = None
        self._progress = Pane("Progress", self._bar)
        self._scratch: tempfile.TemporaryDirectory[str] | None = None

    def start(self) -> None:
        """Start the run in the background."""
        self._began = datetime.now(UTC)
        self._task = asyncio.get_running_loop().create_task(self._run())

    def entered(self) -> Pane:
        """Show what is asked, and which rows were left out."""
        text = panes.entered(self._given, self._targets)
        return Pane("What was entered", lambda: self._banner + text)

    async def progress(self) -> Pane:
        """Show how far the run is while somebody looks on; returns when it is over."""
        if somebody_looks_on():
            display(self._progress)
            await self._rows()
            self._progress.refresh()
            return Pane("Done", self._kept)
        await self._rows()
        return Pane("Done", lambda: f"{self._bar()}\n{self._kept()}")

    async def grid(self) -> Pane:
        """Show every target from every vantage point."""
        rows = await self._rows()
        return self._pane("Grid", self._banner + panes.grid(rows))

    async def comparison(self) -> Pane:
        """Show what only several vantage points together can tell."""
        found = compared(self._folder, await self._rows())
        return self._pane("Comparison", panes.comparison(found))

    async def report(self, name: str = "", vantage: str = "") -> Pane:
        """Show one report; by default the worst of the target that `show` names."""
        row = _chosen(await self._rows(), name or self._given.show, vantage)
        text = (
            _one_report(self._folder, row)
            if row
            else translate("There is no such row.\n")
        )
        return self._pane("One report", text)

    async def slowest(self) -> Pane:
        """Show whose first answer takes long."""
        text = panes.slowest(await self._rows(), self._given.slow_s)
        return self._pane("Slowest", text)

    async def trend(self) -> Pane:
        """Show the verdicts over this run and earlier ones, the flakiest first."""
        await self._rows()
        runs = [past_run(path) for path in (*self._given.earlier, self._folder)]
        runs.sort(key=lambda run: run.started_at)
        text = panes.trend(runs, courses(runs))
        return self._pane("Trend", text)

    async def conclude(self) -> Pane:
        """Show what it comes to; where nobody looks on, a build stops as the command.

        Raises FleetFailed.
        """
        rows = await self._rows()
        bad = bool(self._targets and self._targets.bad)
        code = exit_code(rows, some_were_bad=bad)
        if code and not self._given.rehearses and not somebody_looks_on():
            raise FleetFailed(panes.why(rows, code))
        return self._pane("Result", self._banner + panes.result(rows, code))

    def _pane(self, title: str, text: str) -> Pane:
        """Make a pane that names the run that it is of."""
        played = f"{translate('REHEARSAL')}. " if self._given.rehearses else ""
        named = translate(
            "{played}Run begun at {began:%Y-%m-%d %H:%M:%S} UTC.",
            played=played,
            began=self._began,
        )
        whole = f"_{named}_\n\n{text}"
        return Pane(title, lambda: whole)

    async def _rows(self) -> tuple[Row, ...]:
        if self._task is None:
            raise RuntimeError("the run has not been started")
        return await asyncio.shield(self._task)

    async def _run(self) -> tuple[Row, ...]:
        with contextlib.ExitStack() as stack:
            targets, places = self._targets, None
            if targets is None:
                targets, places = stack.enter_context(rehearsed_fleet())
            wanted = self._wanted(targets, places)
            return await conduct(
                wanted, tell=self._told, at_dashboard=self._at_dashboard
            )

    def _wanted(self, targets: Targets, places: tuple[Place, ...] | None) -> Wanted:
        given = self._given
        return Wanted(
            targets=targets,
            out=self._folder,
            scheduler=given.scheduler,
            vantages=tuple(given.vantages),
            resume=given.resume,
            limits=Limits(
                hold_s=given.hold_s, at_once=given.per_worker, per_host=given.per_host
            ),
            places=places if places is not None else here(len(targets.good)),
        )

    @property
    def _folder(self) -> Path:
        if self._out is None and self._given.rehearses:
            self._scratch = tempfile.TemporaryDirectory(prefix="streamtriage-fleet-")
            self._out = Path(self._scratch.name) / "run"
        if self._out is None:
            self._out = new_folder()
        return self._out

    @property
    def _banner(self) -> str:
        return translate(BANNER) if self._given.rehearses else ""

    def _kept(self) -> str:
        if self._scratch is not None:
            return translate("A rehearsal is not kept.\n")
        return translate("Kept in {folder}.\n", folder=plain(str(self._folder)))

    def _bar(self) -> str:
        over = self._task is not None and self._task.done()
        return panes.bar(self._now, self._dashboard, over=over)

    def _told(self, now: FleetProgress) -> None:
        self._now = now
        self._progress.refresh()

    def _at_dashboard(self, link: str) -> None:
        self._dashboard = link


def _targets(given: FleetParameters) -> Targets | None:
    if given.rehearses:
        return None
    if given.from_machine:
        return targets_of_this_machine()
    return read_targets(Path(given.targets))


def _chosen(rows: tuple[Row, ...], name: str, vantage: str) -> Row | None:
    """Return the row that is meant; with no name, the first that is not healthy."""
    fit = [
        row
        for row in sorted(rows, key=lambda row: row.key)
        if name in ("", row.name) and vantage in ("", row.vantage)
    ]
    wrong = [row for row in fit if row.outcome != "healthy"]
    return next(iter(wrong or fit), None)


def _one_report(folder: Path, row: Row) -> str:
    head = f"**{plain(row.name)} from {plain(row.vantage)}**\n\n"
    report = read_report(folder, row)
    if report is None:
        return f"{head}{plain(row.summary)}\n"
    return head + triage_panes.verdict(report) + "\n" + triage_panes.repairs(report)
