"""A document as Markdown: sized for an issue's comment, and in parts for a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING, assert_never

from streamtriage.languages import translate
from streamtriage.letting_in import checked
from streamtriage.markup.markdown import code, fenced, folded, plain, prose
from streamtriage.markup.markdown import table as markdown_table
from streamtriage.redaction import inside
from streamtriage.report.document import (
    Block,
    Bullets,
    Code,
    Drawing,
    Fold,
    Heading,
    Link,
    Paragraph,
    Sources,
    Table,
)
from streamtriage.report.localised import localised_block
from streamtriage.report.sections import document_of, finding_blocks
from streamtriage.report.seen import evidence_blocks
from streamtriage.report.story import evidence_of, groups

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streamtriage.model import LocalEvidence, Report
    from streamtriage.report.document import Cell, Document, Key, Section

__all__ = [
    "COMMENT_LIMIT",
    "SIZE_WANTED",
    "blocks_markdown",
    "card_markdown",
    "comment_of",
    "evidence_markdown",
    "findings_markdown",
    "local_markdown",
    "render_markdown",
    "rest_markdown",
    "sections_markdown",
]

# Code hosts refuse a comment of more than 65,536 characters.
COMMENT_LIMIT = 60_000
# What people read.
SIZE_WANTED = 8_000
_LEFT_OUT_ROOM = 500


def card_markdown(report: Report) -> str:
    """Render the verdict, but for what is pasted, and for what differs each run."""
    document = document_of(report)
    apart = ("fix", "check", "else", "request", "logs")
    rows = (s for s in document.answer if s.key not in apart)
    return "\n".join((*_top(document), *_answer(rows)))


def sections_markdown(report: Report, keys: Iterable[Key]) -> str:
    """Render these sections of the answer, in its own order."""
    shown = tuple(keys)
    return "\n".join(_answer(s for s in document_of(report).answer if s.key in shown))


def rest_markdown(report: Report) -> str:
    """Render what the answer rests on, a folded line each."""
    parts = []
    for part in document_of(report).details:
        if all(isinstance(each, Fold) for each in part.blocks):
            parts.append(f"**{plain(part.title)}**\n")
            parts.append(blocks_markdown(part.blocks))
        else:
            parts.append(_block(part))
    return "\n".join(parts)


def findings_markdown(report: Report) -> str:
    """Render all findings, one group per status."""
    found = finding_blocks(groups(checked(report)))
    return blocks_markdown(found) or "No cause was judged.\n"


def evidence_markdown(report: Report, probe: str) -> str:
    """Render what one probe saw."""
    seen = evidence_of(checked(report), probe)
    if not seen:
        return translate("This probe did not run, so nothing is known from it.\n")
    blocks = (block for each in seen for block in evidence_blocks(each))
    return blocks_markdown(map(localised_block, blocks))


def local_markdown(seen: LocalEvidence) -> str:
    """Render what the person's machine says, with or without a triage."""
    return blocks_markdown(map(localised_block, evidence_blocks(inside(seen))))


def render_markdown(report: Report) -> str:
    """Render the report for a code host, without evidence that would not fit."""
    return comment_of(document_of(report), COMMENT_LIMIT)


def comment_of(document: Document, limit: int = SIZE_WANTED, files: str = "") -> str:
    """Render a document as a comment; `files` says what is attached to it.

    Folded parts that would not fit into `limit` characters are left out, and named. The
    answer is never left out.
    """
    named = translate(
        "{title} of {address}",
        title=plain(document.title),
        address=code(document.address),
    )
    title = f"## {named}\n"
    text = "\n".join((title, *_top(document), *_answer(document.answer)))
    ending, left_out = _ending(document, files), []
    room = limit - len(ending) - _LEFT_OUT_ROOM
    for part in _fitting(document.details):
        drawn = f"\n{_block(part)}"
        if len(text) + len(drawn) > room:
            left_out.append(part.title)
        else:
            text += drawn
    if left_out:
        named = "; ".join(left_out)[: _LEFT_OUT_ROOM // 2]
        left = translate("Left out here for its length: {parts}.", parts=plain(named))
        text += f"\n{left}\n"
    return text[: COMMENT_LIMIT - len(ending)] + ending


def _fitting(details: Iterable[Fold]) -> Iterator[Fold]:
    """Yield folds; of one that holds nothing but folds each by itself."""
    for part in details:
        if all(isinstance(each, Fold) for each in part.blocks):
            yield from (each for each in part.blocks if isinstance(each, Fold))
        else:
            yield part


def _ending(document: Document, files: str) -> str:
    written = translate("Written by {tool}.", tool=plain(document.made[1]))
    again = translate(
        "To judge it again with a newer version: `streamtriage extract TICKET | "
        "streamtriage judge -`."
    )
    parts = (written, *([prose(translate(files))] if files else []), again)
    return f"\n{' '.join(parts)}\n"


def _top(document: Document) -> Iterator[str]:
    headline = f"**{plain(document.headline)}{translate('.')}**"
    yield f"{headline} {prose(document.sentence)}\n"
    yield from (f"> **{plain(note)}**\n" for note in document.notes)


def _answer(sections: Iterable[Section]) -> Iterator[str]:
    """Yield what is short as rows of one table, and what is pasted under a title."""
    rows: list[tuple[str, str]] = []
    for section in sections:
        if not any(isinstance(block, Code) for block in section.blocks):
            said = " ".join(_line(block) for block in section.blocks)
            rows.append((f"**{plain(section.title)}**", said))
            continue
        yield from _rows(rows)
        rows = []
        yield f"### {plain(section.title)}\n"
        yield blocks_markdown(section.blocks)
    yield from _rows(rows)


def _rows(rows: list[tuple[str, str]]) -> Iterator[str]:
    if rows:
        yield markdown_table((translate("The verdict"), ""), rows)


def _line(block: Block) -> str:
    """Render a block inside of a cell."""
    match block:
        case Paragraph(text) | Heading(text):
            return prose(text)
        case Bullets(items):
            return " ".join(map(prose, items))
        case _:
            return ""


def blocks_markdown(blocks: Iterable[Block]) -> str:
    """Render blocks, an empty line between them."""
    return "\n".join(filter(None, map(_block, blocks)))


def _block(block: Block) -> str:  # noqa: PLR0911 - one kind of block each
    match block:
        case Paragraph(text, "strong"):
            return f"**{prose(text)}**\n"
        case Paragraph(text):
            return f"{prose(text)}\n"
        case Heading(text):
            return f"**{plain(text)}**\n"
        case Bullets((single,)):
            return f"{prose(single)}\n"
        case Bullets(items):
            return "".join(f"- {prose(item)}\n" for item in items)
        case Code(text, language):
            return fenced(text, language)
        case Table():
            return _table(block)
        case Drawing():
            return ""
        case Fold(title, inside, mark, says):
            # What a server says stays out of the title, which is HTML.
            said = (Paragraph(says),) if says else ()
            content = blocks_markdown((*said, *inside))
            return folded(f"{mark} {title}".strip(), content)
    assert_never(block)


def _table(block: Table) -> str:
    rows = ([_cell(cell) for cell in row] for row in block.rows)
    caption = "" if block.kind == "facts" else f"**{plain(block.caption)}**\n\n"
    return caption + markdown_table(block.columns, rows)


def _cell(cell: Cell) -> str:
    if isinstance(cell, Link):
        return plain(cell.text)
    return plain("; ".join(cell)) if isinstance(cell, Sources) else prose(cell)
