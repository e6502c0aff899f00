"""What the runbooks call: one run, and places in the notebook that follow it."""

from __future__ import annotations

from streamtriage.notebook.runbook import Runbook, begin

__all__ = ["Runbook", "begin"]
