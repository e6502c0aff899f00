"""Which observations a cause explains, declared as data: kinds, phases and numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtriage.model.observation import Kind, Phase

if TYPE_CHECKING:
    from streamtriage.model import End, Failure
    from streamtriage.model.observation import Observation
    from streamtriage.model.roles import Role

__all__ = [
    "AnyOf",
    "Explains",
    "altered",
    "broken_promise",
    "cut",
    "flap",
    "inconsistent",
    "late",
    "local",
    "malformed",
    "not_reached",
    "refused",
    "unanswered",
]

_Statuses = tuple[int | range, ...]
# What asks a session of ours, or opens one: where a client's own sequence may be refused.
EVERYWHERE = (
    Phase.GREET,
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


@dataclass(frozen=True)
class Explains:
    """One clause of what a cause explains; every field that is set must fit.

    Kinds and phases are always set, so that no cause explains just anything. Of a
    refusal the statuses are set too, of a missing connection the failures. `details`
    and `roles` narrow further. `from_s` and `to_s` bound the age or the wait.
    """

    kinds: tuple[Kind, ...]
    phases: tuple[Phase, ...]
    statuses: _Statuses = ()
    failures: tuple[Failure, ...] = ()
    ends: tuple[End, ...] = ()
    details: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    from_s: float | None = None
    to_s: float | None = None

    def __post_init__(self) -> None:
        if not self.kinds or not self.phases:
            raise ValueError("A cause says which kinds it explains, and where.")
        if self.kinds == (Kind.REFUSED,) and not self.statuses:
            raise ValueError("A cause says which refusals it explains: statuses.")

    def fits(self, seen: Observation) -> bool:
        """Tell whether this observation is of the kind that the clause names."""
        return (
            seen.kind in self.kinds
            and seen.phase in self.phases
            and (not self.statuses or _in(seen.status, self.statuses))
            and (not self.failures or seen.failure in self.failures)
            and (not self.ends or seen.end in self.ends)
            and (not self.details or seen.detail in self.details)
            and (not self.roles or seen.role in self.roles)
            and (self.from_s is None or (seen.after_s or 0.0) >= self.from_s)
            and (self.to_s is None or (seen.after_s or 0.0) <= self.to_s)
        )


def _in(status: int | None, wanted: _Statuses) -> bool:
    return status is not None and any(
        status in each if isinstance(each, range) else status == each for each in wanted
    )


def fits_any(clauses: Iterable[Explains], seen: Observation) -> bool:
    """Tell whether at least one clause names this observation."""
    return any(clause.fits(seen) for clause in clauses)


def refused(*statuses: int | range, at: tuple[Phase, ...]) -> Explains:
    """Explain answers of these statuses, in these phases."""
    return Explains((Kind.REFUSED, Kind.INCONSISTENT), at, statuses=statuses)
