"""What a report says, in blocks: made once, and drawn by each renderer in one walk.

Text in a block is a sentence in which `words` between backticks are code. Nothing in it
is escaped: each renderer escapes for its own output, and for nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from streamtriage.charts import Picture
    from streamtriage.model import Outcome

__all__ = [
    "Block",
    "Bullets",
    "Cell",
    "Code",
    "Document",
    "Drawing",
    "Fold",
    "Heading",
    "Key",
    "Link",
    "Mark",
    "Paragraph",
    "Row",
    "Section",
    "Sources",
    "Table",
    "facts_table",
]

Key = Literal[
    "cut",
    "reopen",
    "cause",
    "owner",
    "matters",
    "fix",
    "check",
    "else",
    "machine",
    "text",
    "gaps",
    "sure",
    "request",
    "when",
    "logs",
]
# ✓ nothing that weighs, ✗ something that does, – not asked, and nothing at all.
Mark = Literal["", "✓", "✗", "–"]


class Row(NamedTuple):
    """One named fact."""

    name: str
    value: str


class Sources(tuple[str, ...]):
    """A cell that holds where something is described, an address or a name each."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A cell that leads to another page of ours, beside this one."""

    text: str
    href: str


Cell = str | Sources | Link


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One or a few sentences; `tone` says how loud they are."""

    text: str
    tone: Literal["", "strong", "quiet", "note"] = ""


@dataclass(frozen=True, slots=True)
class Heading:
    """The title of what follows inside of a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list; a short one of one item is that sentence."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Text to be pasted or read as it is; `copy` names the button that copies it.

    `name` lets a button elsewhere on a page copy it.
    """

    text: str
    language: str = "text"
    copy: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under named columns; the first cell names the row."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture whose sentence stands in its `alt`."""

    picture: Picture


@dataclass(frozen=True, slots=True)
class Fold:
    """A part that opens on a click; `says` stands beside its title."""

    title: str
    blocks: tuple[Block, ...]
    mark: Mark = ""
    says: str = ""


Block = Paragraph | Heading | Bullets | Code | Table | Drawing | Fold


@dataclass(frozen=True, slots=True)
class Section:
    """One question of the answer; `short` names it where there is little room."""

    key: Key
    title: str
    short: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """One report: the answer in the order of reading, then what it rests on, folded.

    `sentence` is the whole answer in one. `made` says when and with what. `picture` is
    the way, with the place where it breaks. `issue` is left out where the document
    itself becomes an issue's comment.
    """

    outcome: Outcome
    title: str
    address: str
    headline: str
    sentence: str
    made: tuple[str, ...]
    notes: tuple[str, ...]
    answer: tuple[Section, ...]
    details: tuple[Fold, ...]
    picture: Picture | None = None


def facts_table(caption: str, rows: tuple[Row, ...]) -> Table:
    """Make a table of names and values."""
    return Table(caption, ("What", "Value"), rows, "facts")
