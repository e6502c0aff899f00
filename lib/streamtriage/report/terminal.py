"""A document on a terminal: the answer in one screen, whatever is in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from streamtriage.model.message import tell
from streamtriage.redaction import cut, visible
from streamtriage.report.columns import cut_to, pad, width_of, wrap_to
from streamtriage.report.document import Bullets, Code, Paragraph
from streamtriage.report.sections import document_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streamtriage.model import Outcome, Report
    from streamtriage.report.document import Block, Document, Key, Section

__all__ = ["HEIGHT", "render_text"]

# Of 24 lines the last one is the prompt's.
HEIGHT, WIDTH = 23, 80
_NARROWEST, _WIDEST = 40, 100
_LABEL = 11
# What a shortened line does not end with before the mark that it is one.
_STOPS = " .;:,，。；：、"  # noqa: RUF001 - of Chinese sentences
_COLOURS: dict[Outcome, str] = {
    "healthy": "32",
    "cause-present": "31",
    "not-reproduced": "33",
    "could-not-tell": "33",
    "tool-fault": "35",
}
# What gives way first where the screen is too low, and to how many lines; what is not
# named here is shown whole.
_GIVES_WAY: tuple[tuple[Key, int], ...] = (
    ("logs", 0),
    ("machine", 0),
    ("sure", 1),
    ("gaps", 1),
    ("else", 1),
    ("when", 1),
    ("matters", 2),
    ("cause", 3),
    ("request", 2),
    ("text", 1),
    ("cause", 2),
    ("cut", 1),
    ("reopen", 1),
    ("request", 0),
    ("text", 0),
    ("matters", 1),
    ("sure", 0),
    ("when", 0),
    ("gaps", 0),
    ("else", 0),
    ("cause", 1),
    ("fix", 2),
    ("check", 1),
    ("owner", 1),
)


def render_text(
    report: Report,
    *,
    colour: bool = False,
    width: int = WIDTH,
    height: int = HEIGHT,
    saved: str = "",
) -> str:
    """Render the verdict for a terminal of `width` columns and `height` lines.

    Colour only repeats what the words say. What is to be pasted is never broken nor
    shortened; other parts give way to it. `saved` is the file that holds the report.
    """
    columns = min(max(width, _NARROWEST), _WIDEST)
    document = document_of(report, saved=saved, answer_alone=True)
    screen = _Screen(document, columns, height, colour=colour)
    return "\n".join(screen.lines()) + "\n"


@dataclass
class _Part:
    """The lines of one section, to be drawn beside or under its label."""

    key: Key
    label: str
    lines: list[str] = field(default_factory=list)
    pasted: list[str] = field(default_factory=list)

    def height(self, width: int) -> int:
        beside = [" " * _LABEL + line for line in self.lines]
        return _rows([*beside, *self.pasted], width)

    def shorten(self, most: int, width: int) -> None:
        """Keep the first lines, and show that others were there."""
        if len(self.lines) <= most:
            return
        self.lines = self.lines[:most]
        if self.lines and not self.pasted:
            last, room = self.lines[-1], width - _LABEL - 2
            self.lines[-1] = f"{cut_to(last, room).rstrip(_STOPS)} …"
        if not most:
            self.pasted = []


def _rows(lines: list[str], width: int) -> int:
    """Return how many rows lines take on a terminal; a long one takes several."""
    return sum(max(-(-width_of(line) // width), 1) for line in lines)


class _Screen:
    """One document, laid out and made to fit."""

    def __init__(
        self, document: Document, width: int, height: int, *, colour: bool
    ) -> None:
        self.document, self.width, self.height = document, width, height
        self.colour = colour

    def lines(self) -> Iterator[str]:
        head = [*self._head()]
        parts = [self._part(section) for section in self.document.answer]
        self._fit(parts, self.height - len(head))
        yield from head
        for part in parts:
            yield from self._drawn(part)

    def _paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.colour else text

    def _wrapped(self, text: str, width: int, limit: int = 600) -> list[str]:
        words = " ".join(cut(visible(text), limit).split())
        return wrap_to(words, width)

    def _head(self) -> Iterator[str]:
        word = self.document.headline.upper()
        text = tell("report.terminal.head", word=word, said=self.document.sentence)
        painted = self._paint(word, f"1;{_COLOURS[self.document.outcome]}")
        for place, line in enumerate(self._wrapped(text, self.width)[:3]):
            yield line.replace(word, painted, 1) if place == 0 else line
        for note in self.document.notes[:2]:
            yield from self._wrapped(note, self.width)[:2]

    def _part(self, section: Section) -> _Part:
        part = _Part(section.key, section.short)
        for block in section.blocks:
            self._add(part, block)
        return part

    def _add(self, part: _Part, block: Block) -> None:
        room = self.width - _LABEL
        match block:
            case Paragraph(text):
                part.lines += self._wrapped(_bare(text), room)
            case Bullets(items):
                for item in items:
                    part.lines += self._wrapped(_bare(item), room)
            case Code(text):
                lines = cut(visible(text), 1500).splitlines()
                if part.key == "request":
                    part.lines += [line[:room] for line in lines]
                elif part.key == "check" and not part.lines and len(lines) == 1:
                    part.lines += lines
                else:
                    part.pasted += [f"  {line}".rstrip() for line in lines]
            case _:
                pass

    def _fit(self, parts: list[_Part], room: int) -> None:
        by_key = {part.key: part for part in parts}
        for key, least in _GIVES_WAY:
            over = sum(part.height(self.width) for part in parts) - room
            if over <= 0:
                return
            part = by_key.get(key)
            if part is not None:
                part.shorten(max(len(part.lines) - over, least), self.width)
        for part in parts:
            # By itself higher than the screen: no change of ours is.
            while part.pasted and part.height(self.width) > max(room - 8, 4):
                part.pasted = [*part.pasted[:-2], "  …"][: len(part.pasted) - 1]

    def _drawn(self, part: _Part) -> Iterator[str]:
        lines = iter(part.lines)
        for first in lines:
            yield self._paint(pad(part.label, _LABEL), "1") + first
            break
        yield from (f"{'':<{_LABEL}}{line}" for line in lines)
        yield from part.pasted


def _bare(text: str) -> str:
    return text.replace("`", "")
