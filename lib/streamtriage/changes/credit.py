"""Whether a change may be credited with what followed: a pure function of sights."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from streamtriage.changes.intermittent import comes_and_goes, needed
from streamtriage.comparison import TRACES
from streamtriage.model import CauseId, Noun, Status
from streamtriage.model.message import Message, say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from streamtriage.changes.change import Change
    from streamtriage.changes.run_summary import Sight

__all__ = ["Credit", "Flip", "Trial", "Weighed", "weigh"]

Credit = Literal[
    "credited",
    "no change",
    "two changes",
    "not judged",
    "no effect",
    "mixed",
    "something else changed",
    "an event",
    "perhaps chance",
]
_WRONG = (Status.PRESENT, Status.SUSPECTED)


class Flip(Noun):
    """One thing that was answered or judged otherwise after the change."""

    what: str
    before: str
    after: str
    kind: Literal["cause", "observation"]


class Weighed(Noun):
    """What may be said of a change; `more` is how many further runs it takes.

    `says` is English; `message` is the same, to be said in any language.
    """

    credit: Credit
    says: str
    message: Message | None = None
    flips: tuple[Flip, ...] = ()
    also_changed: tuple[Flip, ...] = ()
    more: int = 0


@dataclass(frozen=True)
class Trial:
    """What speaks for or against a change.

    `after` has one sight for each run since. `failed` of `runs` earlier ones, with
    nothing changed, showed the cause.
    """

    cause: CauseId
    changes: tuple[Change, ...]
    before: Sight
    after: tuple[Sight, ...]
    failed: int = 1
    runs: int = 1

    @property
    def gone(self) -> list[bool]:
        return [sight.status(self.cause) is Status.ABSENT for sight in self.after]

    @property
    def judged(self) -> bool:
        return all(s.status(self.cause) is not Status.UNKNOWN for s in self.after)

    @property
    def elsewhere(self) -> tuple[Flip, ...]:
        return tuple(_elsewhere(self.changes, self.before, self.after))


def weigh(trial: Trial) -> Weighed:
    """Weigh what followed the changes; the first rule that applies decides.

    Only what was judged both times can flip: unknown is neither better nor worse.
    """
    found = next(said for rule in _RULES if (said := rule(trial)) is not None)
    return found.model_copy(
        update={
            "flips": tuple(_flips(trial.before, trial.after[-1])),
            "also_changed": trial.elsewhere,
        }
    )


def _no_change(trial: Trial) -> Weighed | None:
    if trial.changes:
        return None
    if trial.before.status(trial.cause) in _WRONG and any(trial.gone):
        gone = say(
            "weighed.gone-unchanged",
            cause=trial.cause,
            gone=sum(trial.gone),
            runs=len(trial.gone),
        )
        return _said("no change", gone)
    return _said("no change", say("weighed.no-change", cause=trial.cause))


def _two_changes(trial: Trial) -> Weighed | None:
    if len(trial.changes) < 2:
        return None
    state = say("weighed.gone") if all(trial.gone) else say("weighed.not-gone")
    return _said(
        "two changes",
        say(
            "weighed.two-changes",
            changes=len(trial.changes),
            cause=trial.cause,
            state=state,
            undo=trial.changes[-1].undone,
        ),
    )


def _not_judged(trial: Trial) -> Weighed | None:
    if trial.before.status(trial.cause) not in _WRONG:
        return _said("not judged", say("weighed.not-before", cause=trial.cause))
    if trial.judged:
        return None
    return _said(
        "not judged",
        say("weighed.not-judged", cause=trial.cause, summary=trial.after[-1].said),
    )


def _no_effect(trial: Trial) -> Weighed | None:
    if any(trial.gone):
        return None
    still = trial.after[-1].status(trial.cause) is Status.PRESENT
    status = say("weighed.present") if still else say("weighed.suspected")
    return _said(
        "no effect",
        say(
            "weighed.no-effect",
            cause=trial.cause,
            status=status,
            undo=trial.changes[0].undone,
        ),
    )


def _mixed(trial: Trial) -> Weighed | None:
    if all(trial.gone):
        return None
    return _said(
        "mixed",
        say(
            "weighed.mixed",
            gone=sum(trial.gone),
            runs=len(trial.gone),
            cause=trial.cause,
        ),
    )


def _something_else(trial: Trial) -> Weighed | None:
    if not trial.elsewhere:
        return None
    return _said(
        "something else changed",
        say(
            "weighed.something-else",
            cause=trial.cause,
            changed=_listed(trial.elsewhere),
        ),
    )


def _listed(flips: Sequence[Flip]) -> Message:
    """Say what flipped, one after the other; there is one at least."""
    first, *rest = flips
    one = say("weighed.flip", what=first.what, before=first.before, after=first.after)
    return say("weighed.flips", first=one, then=_listed(rest)) if rest else one


def _an_event(trial: Trial) -> Weighed | None:
    known = comes_and_goes(trial.cause)
    if known is None or known.how != "event":
        return None
    return _said("an event", say("weighed.event", cause=trial.cause, why=known.why))


def _perhaps_chance(trial: Trial) -> Weighed | None:
    clean = len(trial.after)
    more = needed(trial.cause, failed=trial.failed, runs=trial.runs) - clean
    if more <= 0:
        return None
    known = comes_and_goes(trial.cause)
    again = say("weighed.again", more=more) if more > 1 else say("weighed.once-more")
    shown = say("weighed.showed", failed=trial.failed, runs=trial.runs)
    return _said(
        "perhaps chance",
        say(
            "weighed.chance",
            cause=trial.cause,
            clean=clean,
            why=known.why if known else shown,
            again=again,
        ),
        more=more,
    )


def _credited(trial: Trial) -> Weighed | None:
    ended = say("weighed.credited", cause=trial.cause, change=trial.changes[0].said)
    return _said("credited", ended)


# The first one that applies decides; what refuses comes before what credits.
_RULES: tuple[Callable[[Trial], Weighed | None], ...] = (
    _no_change,
    _two_changes,
    _not_judged,
    _no_effect,
    _mixed,
    _something_else,
    _an_event,
    _perhaps_chance,
    _credited,
)


def _said(credit: Credit, message: Message, *, more: int = 0) -> Weighed:
    return Weighed(credit=credit, says=str(message), message=message, more=more)


def _flips(before: Sight, after: Sight) -> Iterator[Flip]:
    for cause, was in before.statuses.items():
        now = after.status(cause)
        if now not in (Status.UNKNOWN, was) and {was, now} & set(_WRONG):
            yield Flip(what=cause, before=was, after=now, kind="cause")
    for name, was_seen in before.observations.items():
        seen = after.observations.get(name)
        if seen is not None and seen != was_seen:
            yield Flip(what=name, before=was_seen, after=seen, kind="observation")


def _elsewhere(
    changes: Sequence[Change], before: Sight, after: Sequence[Sight]
) -> Iterator[Flip]:
    """Yield the circumstances that differ, and that no change accounts for."""
    for name, was in before.settings.items():
        now = next(
            (s.settings[name] for s in after if s.settings.get(name, was) != was), was
        )
        if name == TRACES and not set(now.split(", ")) - set(was.split(", ")):
            # A hop that leaves no trace this time may be there all the same.
            continue
        if now != was and not any(_brought(name, was, now, one) for one in changes):
            yield Flip(what=name, before=was, after=now, kind="observation")
    versions = {before.tool_version, *(sight.tool_version for sight in after)}
    if len(versions) > 1:
        yield Flip(
            what="Version of this tool",
            before=before.tool_version,
            after=after[-1].tool_version,
            kind="observation",
        )


def _brought(name: str, was: str, now: str, change: Change) -> bool:
    """Tell whether a change says itself that it changes this circumstance."""
    # Whole words: `proxy_ignore_client_abort` says nothing of the client.
    by_name = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", change.what, re.IGNORECASE)
    by_value = bool(change.new) and change.new in now and change.old in was
    return bool(by_name) or by_value
