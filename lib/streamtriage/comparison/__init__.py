"""A report beside another report: what differs, ranked, and what to change first."""

from __future__ import annotations

from streamtriage.comparison.circumstances import circumstances, observed
from streamtriage.comparison.reports import (
    Difference,
    DifferenceKind,
    ReportComparison,
    compare_reports,
)

__all__ = [
    "Difference",
    "DifferenceKind",
    "ReportComparison",
    "circumstances",
    "compare_reports",
    "observed",
]
