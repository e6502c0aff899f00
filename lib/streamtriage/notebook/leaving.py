"""What this kernel gives to a frontend goes through one outbox."""

from __future__ import annotations

from streamtriage.outbox import Outbox

__all__ = ["OUTBOX"]

# A kernel is one person's: what any of their runs must not show, no pane of it shows.
OUTBOX = Outbox()
