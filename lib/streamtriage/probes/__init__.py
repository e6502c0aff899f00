"""One file a probe: each asks the network one kind of question and judges nothing."""

from __future__ import annotations

from streamtriage.probes.context import Probe, Visit
from streamtriage.probes.registered import collect_probes
from streamtriage.probes.selection import chosen

__all__ = ["PROBES", "Probe", "Visit", "chosen"]

# In the order in which the report tells the story.
PROBES: tuple[Probe, ...] = collect_probes()
