"""Writes the confusion matrix into the docs: `make confusion`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from first_answers import KEPT, explain, keep
from matrix.asking import fits_address, fits_told, served_by_address, served_told
from matrix.confusion import DOCS, PICTURE, TABLE, Accused, picture, table
from streamtriage.lab import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from streamtriage.model import Report


def main() -> None:
    if complaint := publish(served_by_address(), served_told(), DOCS):
        sys.exit(complaint)


def publish(
    naive: dict[str, Report],
    told: dict[str, Report],
    folder: Path,
    kept: Path = KEPT,
) -> str:
    """Write both files, or return why what was measured is not fit to be published."""
    if wrong := disappointments(naive, told):
        lines = [
            f"{name}: {explain(report)}\nKept: {keep(report, name, kept)}\n"
            for name, report in wrong.items()
        ]
        last = (
            f"{len(wrong)} of {len(naive) + len(told)} first answers are not what "
            f"`make test` wants, so docs/{TABLE.name} stays as it is. If this machine "
            "is busy, run `make confusion` again when it is not."
        )
        return "\n".join([*lines, last])
    judged = {name: Accused.of(report) for name, report in (naive | told).items()}
    (folder / TABLE.name).write_text(table(judged), encoding="utf-8")
    (folder / PICTURE.name).write_text(picture(judged), encoding="utf-8")
    return ""


def disappointments(
    naive: Mapping[str, Report], told: Mapping[str, Report]
) -> dict[str, Report]:
    """Return the reports that the matrix's own tests would fail."""
    scenarios = {each.name: each for each in SCENARIOS}
    by_address = {
        f"{name}, by its address": report
        for name, report in naive.items()
        if not fits_address(scenarios[name], report)
    }
    return by_address | {
        f"{name}, told": report
        for name, report in told.items()
        if not fits_told(scenarios[name], report)
    }


if __name__ == "__main__":
    main()
