"""Rows against columns, one sign and one word a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streamtriage.charts.svg import (
    WIDTH,
    line,
    picture,
    rectangle,
    words,
)
from streamtriage.charts.symbols import Sign, reply, sign, sign_tone
from streamtriage.languages import translate
from streamtriage.phrases import count
from streamtriage.wording import spoken_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streamtriage.charts.svg import Picture
    from streamtriage.markup.html import Html
    from streamtriage.model import Exchange, Outcome, ReplicasEvidence

__all__ = ["Cell", "outcome_cell", "replica_grid", "verdict_grid"]

_ROWS_SHOWN, _COLUMNS_SHOWN = 40, 12
_ROW, _NARROWEST = 40.0, 36.0
_REFUSED = "{name}: {good} of {all} accepted, the others got {others}."
CELLS: dict[Outcome, tuple[str, Sign]] = {
    "healthy": ("healthy", "good"),
    "cause-present": ("cause found", "bad"),
    "not-reproduced": ("not seen", "unsure"),
    "could-not-tell": ("not known", "unsure"),
    "tool-fault": ("tool fault", "clean"),
}


class Cell(NamedTuple):
    """What one cell says: a word, and the sign above it; None draws an empty cell."""

    word: str
    sign: Sign | None


def outcome_cell(outcome: Outcome | None, word: str = "") -> Cell:
    """Return the cell of a verdict; None stands for one that was never asked for."""
    if outcome is None:
        return Cell(word or translate("not asked"), None)
    usual, mark = CELLS[outcome]
    return Cell(word or translate(usual), mark)


def verdict_grid(
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Sequence[Sequence[Cell | None]],
    title: str = "",
    alt: str = "",
) -> Picture | None:
    """Draw one sign for each row and column; `cells` holds one sequence a row.

    Forty rows and twelve columns at most; the last line says how many more there are.
    Without `alt`, the cells that are not good are told. None without a row or column.
    """
    if not rows or not columns:
        return None
    across, down = columns[:_COLUMNS_SHOWN], rows[:_ROWS_SHOWN]
    left = 190.0 if len(across) < 7 else WIDTH - len(across) * _NARROWEST
    wide = min((WIDTH - left) / len(across), 120.0)
    shapes = [
        words(
            left + wide * (i + 0.5), 10, name, anchor="middle", tone="quiet", width=wide
        )
        for i, name in enumerate(across)
    ]
    for place, name in enumerate(down):
        y = 18 + place * _ROW
        shapes.append(line(0, y, WIDTH, y, tone="line", pen=1))
        shapes.append(words(0, y + 25, name, width=left - 8))
        given = cells[place] if place < len(cells) else ()
        for i, cell in enumerate(given[: len(across)]):
            shapes += _cell(cell, left + wide * i, y, wide)
    height = 18 + len(down) * _ROW
    rest = _rest(len(rows) - len(down), len(columns) - len(across))
    if rest:
        shapes.append(words(0, height + 16, rest, tone="quiet"))
        height += 22
    named = title or translate("What was found where")
    return picture(named, alt or _told(rows, columns, cells), shapes, height)


def _cell(cell: Cell | None, x: float, y: float, wide: float) -> Iterable[Html]:
    middle = x + wide / 2
    if cell is None or cell.sign is None:
        yield rectangle(
            middle - 7, y + 7, 14, 12, tone="sheet", outline="quiet", dash="2 2"
        )
    else:
        yield sign(cell.sign, middle, y + 13)
    if cell is not None:
        tone = sign_tone(cell.sign) if cell.sign else "quiet"
        yield words(middle, y + 35, cell.word, anchor="middle", tone=tone, width=wide)


def _rest(rows: int, columns: int) -> str:
    more = [
        count(n, f"more {what}") for n, what in ((rows, "row"), (columns, "column"))
    ]
    named = [text for text, n in zip(more, (rows, columns), strict=True) if n > 0]
    return translate("{what} not shown.", what=spoken_list(named)) if named else ""


def _told(
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Sequence[Sequence[Cell | None]],
) -> str:
    seen = [
        (row, column, cell)
        for row, line_ in zip(rows, cells, strict=False)
        for column, cell in zip(columns, line_, strict=False)
        if cell is not None and cell.sign is not None
    ]
    good = [each for each in seen if each[2].sign == "good"]
    named = "; ".join(
        f"{row}, {column}: {cell.word}"
        for row, column, cell in seen
        if cell.sign != "good"
    )
    told = translate(
        "{rows} and {columns}: {good} of {all} are good.",
        rows=count(len(rows), "row"),
        columns=count(len(columns), "column"),
        good=len(good),
        all=len(seen),
    )
    return f"{told} {translate('The others: {cells}.', cells=named)}" if named else told


def replica_grid(seen: ReplicasEvidence) -> Picture | None:
    """Draw what one session was answered on each of several fresh connections.

    None where nothing was asked.
    """
    asked = (
        (translate("Without cookies"), seen.without_cookies),
        (translate("With the cookies set"), seen.with_cookies),
    )
    rows = [(name, tried) for name, tried in asked if tried]
    if not rows:
        return None
    longest = max(len(tried) for _, tried in rows)
    columns = [str(number) for number in range(1, longest + 1)]
    cells = [[_answered(each) for each in tried] for _, tried in rows]
    parts = []
    for name, tried in rows:
        good = sum(each.accepted for each in tried)
        others = sorted({reply(each) for each in tried if not each.accepted})
        known = {"name": name, "good": good, "all": len(tried)}
        if others:
            got = spoken_list(others, either=True)
            parts.append(translate(_REFUSED, **known, others=got))
        else:
            parts.append(translate("{name}: {good} of {all} accepted.", **known))
    told = translate(
        "One session, each time on a fresh connection. {parts}", parts=" ".join(parts)
    )
    title = translate("One session asked for on fresh connections, one after the other")
    return verdict_grid([name for name, _ in rows], columns, cells, title, told)


def _answered(each: Exchange) -> Cell:
    if each.status is None:
        return Cell(translate("none"), "unsure")
    return Cell(str(each.status), "good" if each.accepted else "bad")
