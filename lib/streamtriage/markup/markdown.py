"""The one place where text becomes Markdown: escaped, and bounded in length."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from streamtriage.on_first_use import compile_later
from streamtriage.redaction import cut, visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["cells", "code", "fenced", "folded", "plain", "prose", "table"]

_INLINE_LIMIT = 900
_BLOCK_LIMIT = 4000
_SIGNS = compile_later(r"www\.|:(?=//)|#(?=\d)|[&<>@#\\`*_\[\]|~$]")
_SPELLED = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    ":": "&#58;",
    "www.": "www&#46;",
    "@": "@&#8203;",
}
_QUOTED = compile_later(r"`([^`\n]{1,80})`")
_LIST = compile_later(r"^(?:([-+=])|(\d{1,9})([.)])(?=\s|$))")


def plain(text: str) -> str:
    """Escape text of one line so that it is shown as it is and links to nobody.

    An @ or # would notify people or tie issues together on a code host; a bare address
    would become a link that the server has chosen.
    """
    line = " ".join(cut(visible(text), _INLINE_LIMIT).split())
    line = _SIGNS.sub(_spelled, line)
    return _LIST.sub(lambda m: f"\\{m[1]}" if m[1] else f"{m[2]}\\{m[3]}", line)


def _spelled(match: re.Match[str]) -> str:
    sign = match[0]
    if sign == "#" and match.string[match.end() : match.end() + 1].isdigit():
        return "&#35;&#8203;"
    return _SPELLED.get(sign, f"\\{sign}")


def prose(text: str) -> str:
    """Escape a sentence of our own, in which `words` between backticks are code."""
    pieces = _QUOTED.split(cut(text, _INLINE_LIMIT))
    pieces[::2] = (_spaced(piece) for piece in pieces[::2])
    pieces[1::2] = map(code, pieces[1::2])
    return "".join(pieces)


def _spaced(piece: str) -> str:
    """Escape a piece of a sentence and keep the blanks at its ends."""
    if not piece.strip():
        return piece
    before, after = piece[: 1 if piece[0] == " " else 0], piece[-1:] == " "
    return f"{before}{plain(piece)}{' ' if after else ''}"


def code(text: str) -> str:
    """Show text of one line as code, whatever backticks and pipes it holds."""
    line = " ".join(cut(visible(text), _INLINE_LIMIT).split()) or "—"
    fence = "`" * (_longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    # A table splits at a bare pipe even inside code, and takes the backslash away.
    return f"{fence}{pad}{line}{pad}{fence}".replace("|", "\\|")


def fenced(text: str, language: str = "text") -> str:
    """Show a block of text as it is."""
    block = cut(visible(text), _BLOCK_LIMIT).rstrip()
    fence = "`" * max(3, _longest_run(block) + 1)
    return f"{fence}{language}\n{block}\n{fence}\n"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)


def cells(rows: Iterable[Sequence[str]]) -> Iterator[list[str]]:
    """Escape rows of text for `table`."""
    return ([prose(cell) for cell in row] for row in rows)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Build a table from cells that are Markdown already."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def folded(title: str, content: str) -> str:
    """Build a part that opens on a click."""
    summary = f"<summary>{escape(title)}</summary>"
    return f"<details>{summary}\n\n{content}\n</details>\n"
