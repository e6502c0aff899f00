"""What every table has in common: citation, grade, date, and how its rows are read."""

from __future__ import annotations

import csv
from importlib.resources import files
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

__all__ = ["Fact", "Grade", "OptionalNumber", "load", "rows"]

Grade = Literal["V", "L", "I", "R"]
# An empty cell of a column of numbers says that there is none.
OptionalNumber = Annotated[
    float | None, BeforeValidator(lambda cell: None if cell == "" else cell)
]


class Fact(BaseModel):
    """One row: V read at its source, L measured, I reported, R recalled.

    `date` is the day on which somebody looked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Annotated[str, Field(min_length=4)]
    grade: Grade
    date: Annotated[str, Field(pattern=r"^20\d\d-\d\d-\d\d$")]


F = TypeVar("F", bound=Fact)


def rows(table: str) -> list[dict[str, str]]:
    """Return the rows of one table as texts."""
    here = files("streamtriage.knowledge")
    with (here / f"{table}.csv").open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))


def load(table: str, kind: type[F]) -> tuple[F, ...]:
    """Return the rows of one table; raises ValidationError for a row that is none."""
    return tuple(kind.model_validate(row) for row in rows(table))
