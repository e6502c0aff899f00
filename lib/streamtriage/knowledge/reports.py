"""What others met: public reports of streams that broke, and issues of clients."""

from __future__ import annotations

from functools import cache

from streamtriage.knowledge.rows import Fact, load

__all__ = ["FieldReport", "Issue", "field_reports", "issues"]


class FieldReport(Fact):
    """One group of public reports with one root cause; `kinds` names its mechanisms."""

    id: int
    project: str
    links: str
    opened: str
    kinds: str
    symptom: str
    root_cause: str
    fix: str
    seconds: str


class Issue(Fact):
    """One issue of a client, with the version that fixed it where that is known."""

    repo: str
    number: int
    title: str
    opened: str
    versions: str
    state: str
    symptom: str
    root_cause: str
    workaround: str
    fix: str


@cache
def field_reports() -> tuple[FieldReport, ...]:
    """Return every report group."""
    return load("reports", FieldReport)


@cache
def issues() -> tuple[Issue, ...]:
    """Return every issue."""
    return load("issues", Issue)
