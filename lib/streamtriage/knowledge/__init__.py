"""The tables: facts with citations, grades and dates, and one loader for each."""

from __future__ import annotations

from streamtriage.knowledge.catalogue import Unjudged, catalogue, unjudged
from streamtriage.knowledge.cuts import CutTime, cut_times, limits_near
from streamtriage.knowledge.dialects import Dialect, dialects, spoken
from streamtriage.knowledge.fingerprints import (
    Fingerprint,
    author,
    fingerprints,
    pages,
    traces,
)
from streamtriage.knowledge.limits import Limit, limits, near
from streamtriage.knowledge.remedies import Remedy, RemedyFor, remedies
from streamtriage.knowledge.reports import FieldReport, Issue, field_reports, issues
from streamtriage.knowledge.rows import Fact, Grade, load, rows

__all__ = [
    "CutTime",
    "Dialect",
    "Fact",
    "FieldReport",
    "Fingerprint",
    "Grade",
    "Issue",
    "Limit",
    "Remedy",
    "RemedyFor",
    "Unjudged",
    "author",
    "catalogue",
    "cut_times",
    "dialects",
    "field_reports",
    "fingerprints",
    "issues",
    "limits",
    "limits_near",
    "load",
    "near",
    "pages",
    "remedies",
    "rows",
    "spoken",
    "traces",
    "unjudged",
]
