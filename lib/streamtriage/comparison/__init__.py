"""A report beside another report: what differs, ranked, and what to change first."""

from __future__ import annotations

from streamtriage.comparison.aspects import Aspect, Resemblance
from streamtriage.comparison.circumstances import circumstances, observed
from streamtriage.comparison.differences import (
    Difference,
    DifferenceKind,
    ReportComparison,
)
from streamtriage.comparison.observations import standing
from streamtriage.comparison.reports import (
    UnlikeReportsError,
    check_alike,
    compare_reports,
)
from streamtriage.comparison.settings import TRACES
from streamtriage.comparison.sources import resemblances

__all__ = [
    "TRACES",
    "Aspect",
    "Difference",
    "DifferenceKind",
    "ReportComparison",
    "Resemblance",
    "UnlikeReportsError",
    "check_alike",
    "circumstances",
    "compare_reports",
    "observed",
    "resemblances",
    "standing",
]
