"""Writes the confusion matrix into the docs: `make confusion`."""

from __future__ import annotations

from matrix.confusion import PICTURE, TABLE, picture, table
from matrix.test_matrix import all_served
from streamtriage.lab import SCENARIOS


def main() -> None:
    reports = all_served(SCENARIOS, lambda lab: lab.intake)
    TABLE.write_text(table(reports), encoding="utf-8")
    PICTURE.write_text(picture(reports), encoding="utf-8")


if __name__ == "__main__":
    main()
