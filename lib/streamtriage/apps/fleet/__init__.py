"""Many servers at once: the command, and the runbook of one run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.on_first_use import exports

if TYPE_CHECKING:
    from streamtriage.apps.fleet.notebook import begin_fleet

__all__ = ["begin_fleet"]

if not TYPE_CHECKING:
    __getattr__ = exports(__name__, {"notebook": "begin_fleet"})
