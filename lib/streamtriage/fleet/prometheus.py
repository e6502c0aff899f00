"""A run as metrics, in the text format of node-exporter's textfile collector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Gauge, write_to_textfile

from streamtriage.fleet.answer import WORDS
from streamtriage.fleet.pipeline import compared

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from streamtriage.fleet.row import Row

__all__ = ["metrics", "write_metrics"]

_BY = ("target", "vantage")


def write_metrics(path: Path, folder: Path, rows: Sequence[Row]) -> None:
    """Write the metrics of a run, whole or not at all; raises OSError.

    Push them with `curl --data-binary @F` where there is a Pushgateway.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_to_textfile(str(path), metrics(folder, rows))


def metrics(folder: Path, rows: Sequence[Row]) -> CollectorRegistry:
    """Return the metrics of a run; each row is one series of `streamtriage_outcome`."""
    registry = CollectorRegistry()
    outcome = Gauge(
        "streamtriage_outcome",
        "1 for the verdict that each target has at each vantage point.",
        (*_BY, "outcome"),
        registry=registry,
    )
    cause = Gauge(
        "streamtriage_cause_present",
        "1 for each cause that is present.",
        (*_BY, "cause"),
        registry=registry,
    )
    answer = Gauge(
        "streamtriage_first_answer_seconds",
        "Time to the first answer to initialize.",
        _BY,
        registry=registry,
    )
    lived = Gauge(
        "streamtriage_silent_stream_ended_seconds",
        "Age of the shortest silent stream that ended by itself.",
        _BY,
        registry=registry,
    )
    taken = Gauge(
        "streamtriage_taken_timestamp_seconds",
        "When the triage was done.",
        _BY,
        registry=registry,
    )
    for row in rows:
        by = row.name, row.vantage
        for name in WORDS:
            outcome.labels(*by, name).set(row.outcome == name)
        for each in row.causes:
            cause.labels(*by, each).set(1)
        if row.answer_s is not None:
            answer.labels(*by).set(row.answer_s)
        if row.lived_s is not None:
            lived.labels(*by).set(row.lived_s)
        taken.labels(*by).set(row.taken_at.timestamp())
    _across(registry, folder, rows)
    return registry


def _across(registry: CollectorRegistry, folder: Path, rows: Sequence[Row]) -> None:
    differs = Gauge(
        "streamtriage_vantages_differ",
        "1 for what comparing the vantage points of a target shows.",
        ("target", "cause", "status"),
        registry=registry,
    )
    for each in compared(folder, rows):
        for finding in each.leading:
            differs.labels(each.target, finding.cause, str(finding.status)).set(1)
