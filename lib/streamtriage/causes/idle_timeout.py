"""Limits of silence, and whose they may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.intermediaries import hops
from streamtriage.knowledge.cuts import limits_near
from streamtriage.model.message import say

if TYPE_CHECKING:
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["suspects"]


def suspects(case: Case, limit_s: float) -> Text:
    """Name who is known for this limit, and whom the headers show on the way."""
    known = limits_near(limit_s)
    seen = ", ".join(hops(case.exchanges))
    by_time = say("stream-life.suspects.by-time", known=known) if known else ""
    by_header = say("stream-life.suspects.by-header", seen=seen) if seen else ""
    return by_time + by_header
