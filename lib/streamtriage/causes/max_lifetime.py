"""Streams that a limit of their whole age ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamtriage.model import Reopening

__all__ = ["reopened_at_once"]


def reopened_at_once(reopening: Reopening | None) -> bool:
    """Tell whether the first try already got a stream again."""
    if reopening is None or not reopening.attempts:
        return False
    return reopening.attempts[0].get.is_event_stream
