"""What weeks of client logs say: the command, and the runbook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.on_first_use import exports

if TYPE_CHECKING:
    from streamtriage.apps.history.notebook import Logbook, read_logs

__all__ = ["Logbook", "read_logs"]

if not TYPE_CHECKING:
    __getattr__ = exports(__name__, {"notebook": "Logbook read_logs"})
