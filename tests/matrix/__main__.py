"""Writes the confusion matrix into the docs: `make confusion`."""

from __future__ import annotations

from matrix.confusion import PICTURE, TABLE, picture, table
from matrix.test_matrix import served_by_address, served_told


def main() -> None:
    reports = served_told(served_by_address())
    TABLE.write_text(table(reports), encoding="utf-8")
    PICTURE.write_text(picture(reports), encoding="utf-8")


if __name__ == "__main__":
    main()
