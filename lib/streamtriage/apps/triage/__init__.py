"""One server: the commands, the runbook, its changes one at a time, and its ticket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.on_first_use import exports

if TYPE_CHECKING:
    from streamtriage.apps.triage.notebook import Runbook, begin

__all__ = ["Runbook", "begin"]

# Its commands need no kernel, and a kernel is waited for.
if not TYPE_CHECKING:
    __getattr__ = exports(__name__, {"notebook": "Runbook begin"})
