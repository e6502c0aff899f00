"""One change at a time in one kernel: what is run again, and the ledger of it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from streamtriage.apps.triage import changes_panes
from streamtriage.apps.triage.changes_files import (
    beside,
    in_earnest,
    keep_ledger,
    keep_working,
    read_json,
    read_ledger,
)
from streamtriage.apps.triage.parameters import ParameterError
from streamtriage.apps.triage.rehearsal import HEALED, change_of
from streamtriage.apps.triage.run import Run
from streamtriage.changes import (
    Action,
    Change,
    Ledger,
    changes_of,
    checked_fix,
    everything,
    narrowed,
    one_probe,
    recorded,
    repeated,
    sight_of,
    smallest,
)
from streamtriage.languages import translate
from streamtriage.model import Report, Status
from streamtriage.report.story import fixes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from streamtriage.apps.triage.parameters import Parameters
    from streamtriage.changes import Checked

__all__ = ["Loop"]


class Loop:
    """Runs the failing action again, and keeps what each change did to it.

    In a rehearsal the lab takes the first change that is written down for the right
    one, and serves a sound server from then on.
    """

    def __init__(  # noqa: PLR0913 - what it needs of the runbook around it
        self,
        parameters: Parameters,
        *,
        base: Callable[[], Run | None],
        environ: Callable[[], Mapping[str, str]],
        told: Callable[[], None],
        replace: Callable[[Run], None],
        asks: bool,
    ) -> None:
        self._parameters, self._base, self._environ = parameters, base, environ
        self._told, self._replace, self._asks = told, replace, asks
        self._changes = changes_of(parameters.change)
        self._path = Path(parameters.ledger_json) if parameters.ledger_json else None
        self._given: Report | None = None
        if parameters.before_json:
            named = Path(parameters.before_json)
            self._given = read_json("before_json", named, Report)
            in_earnest("before_json", self._given, parameters.url)
        elif self._changes and parameters.url:
            raise ParameterError(
                translate(
                    "change: name in before_json the report of the run before "
                    "the change, else there is nothing to compare with."
                )
            )
        self.ledger = read_ledger(self._path) if self._path else Ledger()
        self.run: Run | None = None
        self.checked: tuple[Checked, datetime] | None = None
        self.problem = ""
        self.kept = ""
        self._probe = ""
        self._checking = False
        self._last: Report | None = None
        self._judged: tuple[Report | None, Action | None] = None, None
        self._failing: dict[tuple[str, ...], Report] = {}
        self._waiting: tuple[Action, tuple[Change, ...], Report] | None = None

    @property
    def running(self) -> bool:
        return self.run is not None and self.run.running

    @property
    def rehearses(self) -> bool:
        """True while the lab plays the server."""
        base = self._base()
        return base is not None and bool(base.fault)

    @property
    def before(self) -> Report | None:
        """The run that the next one is compared with: the last one of everything."""
        run = self._base()
        return run.report if run is not None and run.complete else None

    @property
    def action(self) -> Action | None:
        """The smallest failing action; of the last experiment once nothing fails."""
        before = self._given or self.before
        if before is not self._judged[0]:
            # Found by judging many times over, and asked for at every piece of news.
            self._judged = before, smallest(before) if before is not None else None
        if self._judged[1] is not None:
            return self._judged[1]
        earlier = (e.action for e in reversed(self.ledger.experiments))
        return next((action for action in earlier if not action.whole), None)

    def again(self, changes: Sequence[Change], *, whole: bool = False) -> None:
        """Run the smallest failing action again, or everything."""
        before = self.before
        action = everything(before) if whole and before else self.action
        if before is None or action is None or self.running:
            self.problem = changes_panes.nothing_to_run(before, running=self.running)
            return
        if whole:
            last = self.action
            action = action.model_copy(update={"cause": last.cause if last else ""})
        self._probe = ""
        # The state just before this change: the last run that still failed.
        before = self._failing.get(action.probes, before)
        self._start(action, tuple(changes), before)

    def check(self) -> None:
        """Run what proves the first fix, and write down that it was applied."""
        before = self.before
        found = fixes(before) if before is not None else ()
        if not found:
            self.problem = changes_panes.nothing_to_run(before, running=self.running)
            return
        fix = found[0][1]
        change = {
            "what": fix.paste if fix.paste and "\n" not in fix.paste else fix.what,
            "where": fix.where,
            "old": "as it was before",
            "new": "as advised",
        }
        self.again(changes_of(change))
        self._checking = not self.problem

    def forget(self) -> None:
        """Take away what was said of a run that is shown no more."""
        self.checked, self.problem, self._last, self._probe = None, "", None, ""

    def one(self, probe: str) -> None:
        """Run one probe again, with what it builds on; the ledger is not touched."""
        before = self.before
        if before is None or self.running:
            self.problem = changes_panes.nothing_to_run(before, running=self.running)
            return
        self._probe = probe
        self._start(one_probe(before, probe), (), before)

    def stop(self) -> None:
        """End the watch; what was seen is kept."""
        if self.run is not None:
            self.run.stop_watching()

    async def headless(self) -> None:
        """Record what the parameters say; a rehearsal rehearses the change as well."""
        after = self.before
        if after is None:
            return
        if self._given is not None:
            action = smallest(self._given) or everything(self._given)
            self._record(action, self._changes, self._given, after)
            self._confirm(after)
        elif self._parameters.rehearses and (found := smallest(after)) is not None:
            run = self._base()
            assert run is not None
            changes = self._changes or (change_of(run.fault),)
            self._start(found, changes, after)
            assert self.run is not None
            await self.run.finished()
            self._news()

    def text(self) -> str:
        """Return the ledger as Markdown, under the action that is run again."""
        base = self._base()
        played = base is not None and bool(base.fault)
        if self.before is None and not self.ledger.experiments:
            return changes_panes.too_early(self.problem)
        text = changes_panes.ledger(self.action, self.ledger, self.run, self.problem)
        return changes_panes.played() + text if played else text

    def record(self) -> str:
        """Return the documented fix as Markdown."""
        report = self.before
        if report is None:
            return changes_panes.nothing_yet()
        return changes_panes.record(self.ledger, report, self.kept)

    def probed(self) -> str:
        """Return what the one probe that was run again saw, beside what it saw."""
        seen = self._last if self._probe else None
        return changes_panes.probed(self._probe, self.before, seen, self.run)

    # --- running ----------------------------------------------------------------------

    def _start(
        self, action: Action, changes: tuple[Change, ...], before: Report
    ) -> None:
        base = self._base()
        assert base is not None
        self.problem, self._last, self.checked = "", None, None
        self._checking = False
        earlier = any(each.changes for each in self.ledger.experiments)
        healed = bool(base.fault) and (earlier or bool(changes))
        self._waiting = (action, changes, before)
        self.run = Run(
            action.intake(base.intake),
            environ=self._environ(),
            fault=HEALED if healed else base.fault,
            report_json=self._parameters.report_json if action.whole else "",
            local=action.local and base.local,
            only=action.of_the_wire,
            port=base.port,
        )
        self.run.start(self._news)
        self._told()

    def _news(self) -> None:
        run, waiting = self.run, self._waiting
        if run is not None and waiting is not None and run.complete and run.report:
            self._waiting, self._last = None, run.report
            if not self._probe:
                self._ended(run, run.report, *waiting)
        self._told()

    def _ended(
        self,
        run: Run,
        report: Report,
        action: Action,
        changes: tuple[Change, ...],
        before: Report,
    ) -> None:
        self._record(action, changes, before, report)
        if self._checking:
            found = checked_fix(before, report, action.cause)
            self.checked = found, datetime.now(UTC)
        if sight_of(report).status(action.cause) in (Status.PRESENT, Status.SUSPECTED):
            self._failing[action.probes] = report
        if action.whole:
            # Every probe was asked anew, so older answers stand for nothing.
            self._failing.clear()
            self._replace(run)
            self._confirm(report)

    def _record(
        self,
        action: Action,
        changes: tuple[Change, ...],
        before: Report,
        after: Report,
    ) -> None:
        path = self._place(after)
        if path is not None and not self.ledger.experiments:
            # Kept by an earlier kernel, under the name that stands for this server.
            self.ledger = read_ledger(path)
        last = self.ledger.experiments[-1] if self.ledger.experiments else None
        same = last is not None and bool(changes) and last.changes == changes
        if same and last is not None and last.action.probes == action.probes:
            self.ledger = repeated(self.ledger, after)
        else:
            part = narrowed(before, action.probes) if action.probes else before
            named = {"server": after.target.url, "client": after.intake.client}
            ledger = self.ledger.model_copy(update=named)
            self.ledger = recorded(ledger, action, changes, part, after)
        if path is not None:
            keep_ledger(self.ledger, path)

    def _confirm(self, report: Report) -> None:
        """Keep a whole run without a finding, to compare with next time."""
        path = self._place(report)
        sound = report.verdict.sound and not report.interrupted
        if sound and path is not None and self.ledger.fix is not None:
            self.kept = str(keep_working(report, path).name)

    def _place(self, report: Report) -> Path | None:
        base = self._base()
        rehearses = base is None or bool(base.fault)
        if self._path is None and self._asks and not rehearses:
            return beside(report.target.url)
        return self._path
