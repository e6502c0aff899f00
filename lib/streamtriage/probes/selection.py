"""Some of the probes, and what each of them builds on."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from streamtriage.probes.visit import Probe

__all__ = ["chosen"]

# Where less than everything that a probe's phase builds on will do.
_ENOUGH = {"reach": (), "tls": ("reach",), "provider": ()}
# What the probes that ask further read before they know whether to ask at all.
_FIRST_ANSWERS = ("open", "reopen")
# It greets as a client does, but no other probe builds on what it saw.
_UNREAD = ("concurrent",)


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
    if probe.name in _ENOUGH:
        return _ENOUGH[probe.name]
    start = [
        p.name
        for p in probes
        if p.phase in ("reach", "greet") and p.name not in _UNREAD
    ]
    if probe.name in start:
        return tuple(start[: start.index(probe.name)])
    if probe.phase in ("follow", "explain"):
        return (*start, *_FIRST_ANSWERS)
    return () if probe.phase == "sum" else tuple(start)
