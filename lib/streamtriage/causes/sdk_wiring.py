"""How often a wrongly wired SDK must have failed."""

from __future__ import annotations

__all__ = ["LEAST_FAILURES"]

# One answer and then nothing but failures: fewer would fit any crash.
LEAST_FAILURES = 3
