"""The confusion matrix: which causes each scenario of the lab is judged as."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from streamtriage.causes import ON_THE_WIRE
from streamtriage.lab import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamtriage.model import Report

DOCS = Path(__file__).parents[2] / "docs"
TABLE = DOCS / "confusion.md"
PICTURE = DOCS / "confusion.svg"
CELL, LEFT, TOP = 11, 250, 250
STYLE = """
  text { font: 9px sans-serif; fill: #222 }
  .grid { stroke: #ddd; stroke-width: 1 }
  .present { fill: #1b5e20 }
  .suspected { fill: #f9a825 }
  rect.back { fill: #fff }
"""

_ELSE = (
    "Whatever is neither present nor suspected is absent, or unknown where nothing "
    "could be asked."
)
_WRITTEN = (
    "`make confusion` writes this page and its picture; the tests compare them with "
    "what they find."
)


@dataclass(frozen=True)
class Accused:
    """What one scenario is accused of."""

    present: tuple[str, ...] = ()
    suspected: tuple[str, ...] = ()

    @classmethod
    def of(cls, report: Report) -> Accused:
        return cls(report.verdict.causes, report.verdict.suspected)


def table(judged: Mapping[str, Accused]) -> str:
    """Return the page that lists each scenario with what is present and suspected."""
    lines = [
        "# What each scenario of the lab is judged as",
        "",
        _summary(judged),
        _ELSE,
        _WRITTEN,
        "",
        f"![{_summary(judged)}](confusion.svg)",
        "",
        "| scenario | present | suspected |",
        "|---|---|---|",
        *(_row(each.name, judged[each.name]) for each in SCENARIOS),
        "",
    ]
    return "\n".join(lines)


def _summary(judged: Mapping[str, Accused]) -> str:
    faults = [each for each in SCENARIOS if each.cause is not None]
    right = sum(
        each.cause is not None and judged[each.name] == Accused((each.cause,))
        for each in faults
    )
    sound = [each for each in SCENARIOS if each.cause is None]
    accused = sum(judged[each.name] != Accused() for each in sound)
    return (
        f"{right} of {len(faults)} faults are judged as their own cause and as nothing "
        f"else; {accused} of {len(sound)} sound servers are accused of anything."
    )


def _row(name: str, accused: Accused) -> str:
    both = (accused.present, accused.suspected)
    cells = (", ".join(f"`{each}`" for each in causes) for causes in both)
    return " | ".join([f"| `{name}`", *(cell or "none" for cell in cells)]) + " |"


def picture(judged: Mapping[str, Accused]) -> str:
    """Return an SVG with a row for each scenario and a column for each cause."""
    columns: dict[str, int] = {each.id: n for n, each in enumerate(ON_THE_WIRE)}
    width = LEFT + CELL * len(columns) + 20
    height = TOP + CELL * len(SCENARIOS) + 20
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-labelledby="title desc">'
    )
    description = (
        f'<desc id="desc">{escape(_summary(judged))} Each row is a scenario, each '
        "column a cause. A green square is a cause that is present, a yellow circle "
        "one that is suspected.</desc>"
    )
    lines = [
        opening,
        '<title id="title">Confusion matrix: scenarios of the lab by causes</title>',
        description,
        f"<style>{STYLE}</style>",
        f'<rect class="back" width="{width}" height="{height}"/>',
        *_grid(len(columns)),
        *(_column(name, n) for name, n in columns.items()),
    ]
    for row, each in enumerate(SCENARIOS):
        lines += _marks(row, each.name, judged[each.name], columns)
    return "\n".join([*lines, "</svg>", ""])


def _grid(columns: int) -> list[str]:
    """Return a line at each fifth row and column, to follow with the eye."""
    right, bottom = LEFT + CELL * columns, TOP + CELL * len(SCENARIOS)
    across = range(TOP, bottom + 1, 5 * CELL)
    down = range(LEFT, right + 1, 5 * CELL)
    lines = [f'<path class="grid" d="M{LEFT} {y}H{right}"/>' for y in across]
    return lines + [f'<path class="grid" d="M{x} {TOP}V{bottom}"/>' for x in down]


def _column(name: str, number: int) -> str:
    x, y = LEFT + CELL * number + 8, TOP - 5
    return f'<text transform="translate({x} {y}) rotate(-90)">{escape(name)}</text>'


def _marks(
    row: int, name: str, accused: Accused, columns: Mapping[str, int]
) -> list[str]:
    y = TOP + CELL * row
    lines = [f'<text x="{LEFT - 5}" y="{y + 9}" text-anchor="end">{name}</text>']
    for cause in accused.present:
        x = LEFT + CELL * columns[cause]
        says = f"<title>{name}: {cause} is present</title>"
        lines.append(
            f'<rect class="present" x="{x + 1}" y="{y + 1}" width="{CELL - 2}" '
            f'height="{CELL - 2}">{says}</rect>'
        )
    for cause in accused.suspected:
        x = LEFT + CELL * columns[cause]
        says = f"<title>{name}: {cause} is suspected</title>"
        lines.append(
            f'<circle class="suspected" cx="{x + CELL / 2}" cy="{y + CELL / 2}" r="4">'
            f"{says}</circle>"
        )
    return lines
