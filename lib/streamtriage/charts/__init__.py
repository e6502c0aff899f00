"""Pictures where looking beats reading: static SVG that needs no script or network."""

from __future__ import annotations

from streamtriage.charts.attempts import Lane, reopen_attempts
from streamtriage.charts.drops import drops_per_hour
from streamtriage.charts.grid import (
    Cell,
    outcome_cell,
    replica_grid,
    verdict_grid,
)
from streamtriage.charts.lifetimes import Life, stream_lives
from streamtriage.charts.path import path_map
from streamtriage.charts.select import (
    log_pictures,
    probe_pictures,
    redacted_pictures,
    verdict_pictures,
)
from streamtriage.charts.svg import Picture, image_html, stacked
from streamtriage.charts.uptimes import KnownLimit, uptime_histogram

__all__ = [
    "Cell",
    "KnownLimit",
    "Lane",
    "Life",
    "Picture",
    "drops_per_hour",
    "image_html",
    "log_pictures",
    "outcome_cell",
    "path_map",
    "probe_pictures",
    "redacted_pictures",
    "reopen_attempts",
    "replica_grid",
    "stacked",
    "stream_lives",
    "uptime_histogram",
    "verdict_grid",
    "verdict_pictures",
]
