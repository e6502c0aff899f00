"""Pictures where looking beats reading: static SVG that needs no script or network."""

from __future__ import annotations

from streamtriage.report.pictures.drawing import Picture, image_html
from streamtriage.report.pictures.drops import drops_per_hour
from streamtriage.report.pictures.uptimes import KnownLimit, uptime_histogram

__all__ = [
    "KnownLimit",
    "Picture",
    "drops_per_hour",
    "image_html",
    "uptime_histogram",
]
