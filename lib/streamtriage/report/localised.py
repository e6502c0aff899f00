"""A document in the reader's language: each text of ours that never changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from streamtriage.languages import spoken, translate
from streamtriage.report.document import (
    Bullets,
    Code,
    Drawing,
    Fold,
    Heading,
    Paragraph,
    Section,
    Sources,
    Table,
)

if TYPE_CHECKING:
    from streamtriage.report.document import Block, Cell, Document

__all__ = ["localised", "localised_block"]


def localised(document: Document) -> Document:
    """Return the document with its headings, labels and fixed texts translated.

    Sentences with values in them are said in the language when they are made. What is
    no text of ours (an address, a server's words) is in no catalogue and stays.
    """
    if spoken() == "en":
        return document
    return replace(
        document,
        title=translate(document.title),
        headline=translate(document.headline),
        sentence=translate(document.sentence),
        made=tuple(map(translate, document.made)),
        notes=tuple(map(translate, document.notes)),
        answer=tuple(map(_section, document.answer)),
        details=tuple(map(_fold, document.details)),
    )


def _section(section: Section) -> Section:
    return Section(
        section.key,
        translate(section.title),
        translate(section.short),
        tuple(map(localised_block, section.blocks)),
    )


def _fold(fold: Fold) -> Fold:
    return replace(
        fold,
        title=translate(fold.title),
        says=translate(fold.says),
        blocks=tuple(map(localised_block, fold.blocks)),
    )


def localised_block(block: Block) -> Block:
    """Return one block of a document with its fixed texts translated."""
    match block:
        case Fold():
            return _fold(block)
        case Paragraph() | Heading():
            return replace(block, text=translate(block.text))
        case Bullets(items):
            return Bullets(tuple(map(translate, items)))
        case Code():
            return replace(block, copy=translate(block.copy))
        case Table():
            return replace(
                block,
                caption=translate(block.caption),
                columns=tuple(map(translate, block.columns)),
                rows=tuple(tuple(map(_cell, row)) for row in block.rows),
            )
        case Drawing():
            return block


def _cell(cell: Cell) -> Cell:
    if isinstance(cell, Sources) or not isinstance(cell, str):
        return cell
    return translate(cell)
