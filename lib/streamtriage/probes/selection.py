"""Some of the probes, and what each of them builds on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from streamtriage.probes.context import Probe

__all__ = ["chosen"]

# What the probes that ask further read before they know whether to ask at all.
_FIRST_ANSWERS = ("open", "reopen")


def chosen(probes: Sequence[Probe], names: Collection[str]) -> tuple[Probe, ...]:
    """Return the named probes with those that they build on, in their order.

    Probes that send nothing come along. Raises LookupError for a name that no probe
    has.
    """
    known: dict[str, Probe] = {probe.name: probe for probe in probes}
    missing = [name for name in names if name not in known]
    if missing:
        raise LookupError(
            f"There is no probe {missing[0]!r}. There are: {', '.join(known)}."
        )
    wanted = {
        before for name in names for before in (*_before(probes, known[name]), name)
    }
    return tuple(p for p in probes if p.name in wanted or p.phase == "sum")


def _before(probes: Sequence[Probe], probe: Probe) -> tuple[str, ...]:
    if probe.builds_on is not None:
        return probe.builds_on
    start = [p.name for p in probes if p.phase in ("reach", "greet") and p.is_built_on]
    if probe.name in start:
        return tuple(start[: start.index(probe.name)])
    if probe.phase in ("follow", "explain"):
        return (*start, *_FIRST_ANSWERS)
    return () if probe.phase == "sum" else tuple(start)
