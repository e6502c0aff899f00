"""Finds the probes: each file here that declares one, in the order of the story."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import get_args

from streamtriage.model import ProbeId
from streamtriage.probes.context import Probe

__all__ = ["collect_probes"]

# What the person's machine says, and what a probe of ours breaks of, visit no server.
_ELSEWHERE = {"bug", "local"}


def collect_probes() -> tuple[Probe, ...]:
    """Import each file of this package; return the probes that they declare.

    Raises ImportError for an id that two files have, and for one that none has: a probe
    that was forgotten would be silent otherwise.
    """
    found: dict[str, Probe] = {}
    for path in sorted(Path(__file__).parent.glob("*.py")):
        if path.stem in ("__init__", Path(__file__).stem):
            continue
        declared = getattr(import_module(f"{__package__}.{path.stem}"), "PROBE", None)
        if not isinstance(declared, Probe):
            continue
        if declared.name in found:
            raise ImportError(
                f"{declared.name} is declared twice; one of them is in {path.name}"
            )
        found[declared.name] = declared
    missing = {*get_args(ProbeId)} - _ELSEWHERE - found.keys()
    if missing:
        raise ImportError(
            f"no file in probes/ declares {', '.join(sorted(missing))}: "
            "write PROBE = Probe(...) there, or take the id out of ProbeId"
        )
    # An id stands in its place in the story.
    return tuple(found[name] for name in get_args(ProbeId) if name in found)
