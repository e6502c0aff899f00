"""What the runbooks call: one run, and places in the notebook that follow it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.on_first_use import exports

if TYPE_CHECKING:
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

# Each runbook needs one of these, and a kernel is waited for.
if not TYPE_CHECKING:
    __getattr__ = exports(
        __name__,
        {
            "history": "Logbook read_logs",
            "preflight": "Gate PreflightFailed begin_preflight",
            "runbook": "Runbook begin",
        },
    )
