"""The rehearsal: guess from what a client prints, then see what the probes found."""

from __future__ import annotations

from streamtriage.apps.practise.notebook import Practice, practise

__all__ = ["Practice", "practise"]
