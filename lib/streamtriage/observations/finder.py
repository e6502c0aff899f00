"""How a module of this package announces what it finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from streamtriage.model.observation import Kind, Observation, ObservationId, Phase
from streamtriage.observations.weights import weight_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from streamtriage.model import End, Failure, ProbeId
    from streamtriage.model.roles import Asked, Role
    from streamtriage.observations.case import Case

__all__ = ["FINDERS", "Finder", "finds", "observe_exchange", "observe_fact"]

Finder: TypeAlias = "Callable[[Case], Iterable[Observation]]"
FINDERS: dict[Kind, Finder] = {}


def finds(kind: Kind) -> Callable[[Finder], Finder]:
    """Register the function that finds all observations of one kind.

    Raises ValueError for a kind that another function finds already.
    """

    def register(finder: Finder) -> Finder:
        if kind in FINDERS:
            raise ValueError(f"Two functions find observations of the kind {kind}.")
        FINDERS[kind] = finder
        return finder

    return register


def observe_exchange(  # noqa: PLR0913 - the numbers of one observation
    kind: Kind,
    each: Asked,
    phase: Phase,
    *,
    natural: bool = True,
    after_s: float | None = None,
    end: End | None = None,
    detail: str = "",
) -> Observation:
    """Make an observation of one request, with its numbers and its weight."""
    seen, where = each.exchange, f"{each.probe}.{each.path}"
    return Observation(
        id=ObservationId(":".join(filter(None, (kind, where, detail)))),
        kind=kind,
        weight=weight_of(kind, each.role, phase, detail),
        phase=phase,
        role=each.role,
        probe=each.probe,
        label=seen.label,
        at_s=seen.started_s,
        natural=natural,
        status=seen.status,
        failure=seen.failure,
        end=end,
        after_s=after_s,
        jsonrpc_code=seen.jsonrpc_code,
        detail=detail,
    )


def observe_fact(  # noqa: PLR0913 - the numbers of one observation
    kind: Kind,
    role: Role,
    phase: Phase,
    probe: ProbeId | Literal["signature"],
    *,
    detail: str,
    failure: Failure | None = None,
    label: str = "",
) -> Observation:
    """Make an observation of something that is no request: a name, a file, a text."""
    return Observation(
        id=ObservationId(f"{kind}:{probe}.{detail or label}"),
        kind=kind,
        weight=weight_of(kind, role, phase, detail),
        phase=phase,
        role=role,
        probe=probe,
        label=label,
        failure=failure,
        detail=detail,
    )
