"""One beside the other, reports or snapshots: what differs, and what to change."""

from __future__ import annotations

from streamtriage.comparison.aspects import Aspect, Resemblance
from streamtriage.comparison.circumstances import circumstances, observed
from streamtriage.comparison.differences import (
    Comparison,
    Difference,
    DifferenceKind,
    only_in_one,
)
from streamtriage.comparison.observations import standing
from streamtriage.comparison.public_reports import resemblances
from streamtriage.comparison.rank import (
    UnlikeReportsError,
    check_alike,
    compare_reports,
)
from streamtriage.comparison.settings import TRACES
from streamtriage.comparison.snapshots import compare_snapshots

__all__ = [
    "TRACES",
    "Aspect",
    "Comparison",
    "Difference",
    "DifferenceKind",
    "Resemblance",
    "UnlikeReportsError",
    "check_alike",
    "circumstances",
    "compare_reports",
    "compare_snapshots",
    "observed",
    "only_in_one",
    "resemblances",
    "standing",
]
