"""What a cause explains and predicts, declared as data: kinds, phases and numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from streamtriage.model.observation import Kind, Phase
from streamtriage.model.roles import Role

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtriage.model import End, Failure
    from streamtriage.model.observation import Observation

__all__ = [
    "ANSWERS",
    "EVERY_ANSWER",
    "EVERY_GET",
    "REOPENING",
    "STREAM_GETS",
    "Explains",
    "Predicts",
    "altered",
    "broken_promise",
    "cut",
    "flap",
    "inconsistent",
    "late_body",
    "late_head",
    "local",
    "malformed",
    "not_reached",
    "refused",
    "text",
    "unanswered",
]

_Statuses: TypeAlias = "tuple[int | range, ...]"
_Phases: TypeAlias = tuple[Phase, ...]
# Where a GET asks for the stream: the first time, and after an end.
STREAM_GETS = (Phase.OPEN, Phase.REOPEN)
REOPENING = (Phase.REOPEN,)
# Where a stream that had been open ends.
_ENDS_OF_STREAMS = (Phase.HELD, Phase.LISTEN)
# Where a session of ours is used.
ANSWERS = (
    Phase.NOTIFY,
    Phase.POST,
    Phase.OPEN,
    Phase.HELD,
    Phase.REOPEN,
    Phase.RESUME,
    Phase.LISTEN,
    Phase.SESSION,
    Phase.END,
)
EVERY_ANSWER = (Phase.REDIRECT, Phase.GREET, *ANSWERS)
# The GETs that ask for a stream in a session which has none, as clients send them.
EVERY_GET = (Role.GET, Role.GET_AGAIN, Role.HOLD_GET)


@dataclass(frozen=True)
class Explains:
    """One clause of what a cause explains; every field that is set must fit.

    Kinds and phases are always set, so that no cause explains just anything. Of a
    refusal the statuses are set too, of a missing connection the failures. `details`
    and `roles` narrow further.
    Raises ValueError for a clause that names too little.
    """

    kinds: tuple[Kind, ...]
    phases: _Phases
    statuses: _Statuses = ()
    failures: tuple[Failure, ...] = ()
    ends: tuple[End, ...] = ()
    details: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()

    def __post_init__(self) -> None:
        if not self.kinds or not self.phases:
            raise ValueError("A cause says which kinds it explains, and where.")
        if Kind.REFUSED in self.kinds and not self.statuses:
            raise ValueError("A cause says which statuses it explains.")
        if Kind.NOT_REACHED in self.kinds and not self.failures:
            raise ValueError("A cause says which failures it explains.")

    def fits(self, seen: Observation) -> bool:
        """Tell whether this observation is of the kind that the clause names."""
        return (
            seen.kind in self.kinds
            and seen.phase in self.phases
            and (not self.statuses or _among(seen.status, self.statuses))
            and (not self.failures or seen.failure in self.failures)
            and (not self.ends or seen.end in self.ends)
            and (not self.details or seen.detail in self.details)
            and (not self.roles or seen.role in self.roles)
        )

    def only(self, *roles: Role) -> Explains:
        """Narrow the clause to requests that were sent in these roles."""
        return replace(self, roles=roles)


@dataclass(frozen=True)
class Predicts:
    """What requests of the client's own must show if a cause holds.

    `asked` are the roles of these requests. Each that was sent has to show at least
    once what the clause says: one that works contradicts the cause. Where none was
    sent, the cause is not proven. What is met only sometimes is no prediction.
    Raises ValueError for a comparison, which never weighs, and for no role at all.
    """

    asked: tuple[Role, ...]
    shows: Explains

    def __post_init__(self) -> None:
        if not self.asked or not all(role.own for role in self.asked):
            raise ValueError("A cause predicts what the client's own requests show.")

    def kept_by(self, observations: Iterable[Observation]) -> frozenset[Role]:
        """Return the roles in which one of these is what was predicted."""
        fit = (each.role for each in observations if self.shows.fits(each))
        return frozenset(role for role in fit if role in self.asked)


def _among(status: int | None, wanted: _Statuses) -> bool:
    return status is not None and any(
        status in each if isinstance(each, range) else status == each for each in wanted
    )


def fits_any(clauses: Iterable[Explains], seen: Observation) -> bool:
    """Tell whether at least one clause names this observation."""
    return any(clause.fits(seen) for clause in clauses)


def refused(
    *statuses: int | range, at: _Phases, details: tuple[str, ...] = ()
) -> Explains:
    """Explain answers of these statuses, in these phases."""
    return Explains((Kind.REFUSED,), at, statuses=statuses, details=details)


def inconsistent(*statuses: int | range, at: _Phases) -> Explains:
    """Explain that the same question was answered so, and otherwise too."""
    return Explains((Kind.INCONSISTENT,), at, statuses=statuses)


def not_reached(*failures: Failure, at: _Phases) -> Explains:
    """Explain connections that failed in this way."""
    return Explains((Kind.NOT_REACHED,), at, failures=failures)


def unanswered(*failures: Failure, at: _Phases) -> Explains:
    """Explain requests without an answer; without a failure, however they ended."""
    return Explains((Kind.UNANSWERED,), at, failures=failures)


def cut(*ends: End, at: _Phases = _ENDS_OF_STREAMS) -> Explains:
    """Explain streams that ended after a while; without ends, however."""
    return Explains((Kind.CUT,), at, ends=ends)


def flap(at: _Phases) -> Explains:
    """Explain streams that ended as soon as they were open."""
    return Explains((Kind.FLAP,), at)


def late_head(at: _Phases = (Phase.OPEN,)) -> Explains:
    """Explain heads of streams that came late or never."""
    return Explains((Kind.LATE_HEAD,), at)


def late_body(*details: str) -> Explains:
    """Explain bytes that were held back on their way."""
    return Explains((Kind.LATE_BODY,), (Phase.HELD,), details=details)


def malformed(*details: str, at: _Phases) -> Explains:
    """Explain what a client cannot read."""
    return Explains((Kind.MALFORMED,), at, details=details)


def altered(*details: str, at: _Phases = (Phase.OPEN,)) -> Explains:
    """Explain what a hop changed."""
    return Explains((Kind.ALTERED,), at, details=details)


def broken_promise(*details: str, at: _Phases) -> Explains:
    """Explain what was advertised and not done."""
    return Explains((Kind.BROKEN_PROMISE,), at, details=details)


def local(*details: str) -> Explains:
    """Explain what the person's own machine says."""
    return Explains((Kind.LOCAL,), (Phase.LOCAL,), details=details)


def text(*details: str) -> Explains:
    """Explain how the pasted text is worded, and nothing that was measured."""
    return Explains((Kind.TEXT_NOT_SEEN,), (Phase.TEXT,), details=details)
