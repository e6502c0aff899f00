"""What changed with one thing changed."""

from __future__ import annotations

from streamtriage.model import FollowUpEvidence
from streamtriage.report.probes.told import counted, tells

__all__: list[str] = []

tells(FollowUpEvidence, "What changes the answer that nothing explains?")(counted)
