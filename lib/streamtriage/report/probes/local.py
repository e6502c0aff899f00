"""What the person's machine says, in one line each."""

from __future__ import annotations

from streamtriage.model import LocalEvidence
from streamtriage.report.machine_rows import local_facts
from streamtriage.report.probes.told import tells

__all__: list[str] = []

tells(LocalEvidence, "What does this machine say?")(local_facts)
