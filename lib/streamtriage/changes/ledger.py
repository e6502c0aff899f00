"""The experiment ledger: every change, what stood before it, and what followed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Literal

from streamtriage.changes.change import Change
from streamtriage.changes.credit import Trial, Weighed, weigh
from streamtriage.changes.run_summary import Sight, narrowed, sight_of
from streamtriage.changes.smallest_rerun import Action
from streamtriage.model import CauseId, Noun, Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.model import Report

__all__ = [
    "LEDGER_VERSION",
    "Experiment",
    "Ledger",
    "ledger_schema",
    "recorded",
    "repeated",
]

LEDGER_VERSION: Literal["1.0"] = "1.0"


class Experiment(Noun):
    """One entry: what was changed, the action that was run, and what it is worth.

    `after` has one sight for each run since the change was made.
    """

    number: int
    at: datetime
    action: Action
    changes: tuple[Change, ...] = ()
    before: Sight
    after: tuple[Sight, ...]
    weighed: Weighed

    @property
    def credited(self) -> bool:
        return self.weighed.credit == "credited"


class Ledger(Noun):
    """All experiments on one server, oldest first."""

    ledger_version: Literal["1.0"] = LEDGER_VERSION
    server: str = ""
    client: str = ""
    experiments: tuple[Experiment, ...] = ()

    @property
    def fix(self) -> Experiment | None:
        """The last change that is credited, unless what it ended has come back."""
        found = next((e for e in reversed(self.experiments) if e.credited), None)
        if found is None:
            return None
        later = self.experiments[found.number :]
        cause = found.action.cause
        back = any(s.status(cause) is Status.PRESENT for e in later for s in e.after)
        return None if back else found

    @property
    def in_place(self) -> tuple[Experiment, ...]:
        """Changes that helped nothing by themselves, and that nobody has undone."""
        undone = {
            (c.what, c.where, c.new, c.old) for e in self.experiments for c in e.changes
        }
        return tuple(
            each
            for each in self.experiments
            if each.changes
            and not each.credited
            and not all((c.what, c.where, c.old, c.new) in undone for c in each.changes)
        )


def recorded(
    ledger: Ledger,
    action: Action,
    changes: Sequence[Change],
    before: Report,
    after: Report,
) -> Ledger:
    """Return the ledger with one more experiment.

    A whole run before the change is narrowed to the probes of the action, so that like
    is compared with like.
    """
    old, new = (_seen(report, action) for report in (before, after))
    failed, runs = _record_of(ledger, action.cause, old)
    entry = Experiment(
        number=len(ledger.experiments) + 1,
        at=after.taken_at,
        action=action,
        changes=tuple(changes),
        before=old,
        after=(new,),
        weighed=weigh(
            Trial(action.cause, tuple(changes), old, (new,), failed=failed, runs=runs)
        ),
    )
    return ledger.model_copy(update={"experiments": (*ledger.experiments, entry)})


def repeated(ledger: Ledger, after: Report) -> Ledger:
    """Return the ledger with one more run of the last experiment, nothing changed."""
    *earlier, last = ledger.experiments
    sights = (*last.after, _seen(after, last.action))
    shorter = ledger.model_copy(update={"experiments": tuple(earlier)})
    failed, runs = _record_of(shorter, last.action.cause, last.before)
    trial = Trial(last.action.cause, last.changes, last.before, sights, failed, runs)
    again = last.model_copy(update={"after": sights, "weighed": weigh(trial)})
    return ledger.model_copy(update={"experiments": (*earlier, again)})


def ledger_schema() -> dict[str, object]:
    """Return the JSON Schema that every written ledger conforms to."""
    return Ledger.model_json_schema(mode="serialization")


def _seen(report: Report, action: Action) -> Sight:
    return sight_of(report if action.whole else narrowed(report, action.probes))


def _record_of(ledger: Ledger, cause: CauseId, before: Sight) -> tuple[int, int]:
    """Count how often the cause showed while nothing had been changed."""
    sights = [before]
    for each in ledger.experiments:
        if not each.changes and each.action.cause == cause:
            sights += each.after
    wrong = (Status.PRESENT, Status.SUSPECTED)
    return sum(s.status(cause) in wrong for s in sights), len(sights)
