"""Draws README.md's pictures from a saved report: `cd tests && python -m charts`."""

from __future__ import annotations

from pathlib import Path

from streamtriage.charts import probe_pictures, stacked, verdict_pictures

from .reading import saved

__all__ = ["FILE", "shown"]

FILE = Path(__file__).parents[2] / "docs" / "pictures.svg"


def shown() -> str:
    """Return the pictures of one rehearsal: the way, and the tries to open again."""
    report = saved("half-open-stream-409")
    whole = stacked([*verdict_pictures(report), *probe_pictures(report, "reopen")])
    assert whole is not None
    return whole.svg + "\n"


if __name__ == "__main__":
    FILE.write_text(shown(), encoding="utf-8")
