"""What the runbooks call: one run, and places in the notebook that follow it."""

from __future__ import annotations

from streamtriage.notebook.history import Logbook, read_logs
from streamtriage.notebook.preflight import Gate, PreflightFailed, begin_preflight
from streamtriage.notebook.runbook import Runbook, begin

__all__ = [
    "Gate",
    "Logbook",
    "PreflightFailed",
    "Runbook",
    "begin",
    "begin_preflight",
    "read_logs",
]
