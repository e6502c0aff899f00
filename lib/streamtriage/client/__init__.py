"""What the person's own machine says: clients, configuration, logs, environment."""

from __future__ import annotations

from streamtriage.client.compare import Comparison, Difference, compare
from streamtriage.client.look import evidence_of, look
from streamtriage.client.prefill import Candidate, prefill
from streamtriage.client.snapshot import (
    SNAPSHOT_SCHEMA_FILE,
    Snapshot,
    snapshot,
    snapshot_schema,
    snapshot_schema_text,
)

__all__ = [
    "SNAPSHOT_SCHEMA_FILE",
    "Candidate",
    "Comparison",
    "Difference",
    "Snapshot",
    "compare",
    "evidence_of",
    "look",
    "prefill",
    "snapshot",
    "snapshot_schema",
    "snapshot_schema_text",
]
