"""Two reports or two snapshots side by side, in a notebook."""

from __future__ import annotations

from streamtriage.apps.compare.notebook import Comparing, compare

__all__ = ["Comparing", "compare"]
