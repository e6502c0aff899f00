"""A document as one HTML page that needs no network, and is read without its script."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, assert_never
from urllib.parse import quote

from streamtriage.languages import spoken, translate
from streamtriage.markup.html import Html, joined, prose, tag, verbatim
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
from streamtriage.report.markdown import comment_of
from streamtriage.report.sections import document_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from streamtriage.model import Report
    from streamtriage.report.document import Cell, Document, Key, Section

__all__ = ["blocks_html", "card_html", "page", "page_of", "render_html", "rest_html"]

# What stands on the card, which is seen without scrolling; the rest is below it.
_ON_CARD: tuple[Key, ...] = (
    *("cut", "reopen", "cause", "owner", "matters", "fix", "check"),
)
# The head of the page says it.
_IN_HEAD: tuple[Key, ...] = ("when",)
_CODE_LIMIT = 20_000


def render_html(report: Report) -> str:
    """Render the whole report as one page."""
    return page_of(document_of(report))


def page_of(document: Document) -> str:
    """Render a document: its card on top, below it everything else, folded."""
    return page(f"{document.headline} — {document.address}", *_parts(document))


def page(title: str, *content: str) -> str:
    """Put content into a page of ours; nothing in it can load or run anything else."""
    script, style = _file("page.js"), _file("page.css")
    seal = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{seal}'"
    )
    head = tag(
        "head",
        Html('<meta charset="utf-8">'),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{policy}">'),
        Html('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Html('<meta name="color-scheme" content="light dark">'),
        tag("title", title),
        tag("style", Html(style)),
    )
    # What the script says once it has copied.
    words = {
        "data_copied": translate("Copied"),
        "data_selected": translate("Selected: press Ctrl+C"),
    }
    main = tag("main", joined(content), **words)
    body = tag("body", main, tag("script", Html(script)))
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang=spoken())}\n"


@cache
def _file(name: str) -> str:
    return files("streamtriage.report").joinpath(name).read_text("utf-8")


def _parts(document: Document) -> Iterator[Html]:
    yield tag(
        "header",
        tag("h1", document.title),
        tag("p", document.address, class_="address"),
        tag("p", " · ".join(document.made), class_="quiet"),
    )
    yield card_html(document, beside=_tools(document))
    yield rest_html(document)


def _part(part: Fold) -> Html:
    """Draw a folded part; one of nothing but folds is a title and a line for each."""
    if all(isinstance(each, Fold) for each in part.blocks):
        return tag("section", tag("h2", part.title), blocks_html(part.blocks))
    return _block(part)


def card_html(
    document: Document, keys: Iterable[Key] = _ON_CARD, beside: Html | None = None
) -> Html:
    """Draw the card: the answer in a sentence, these sections, and the picture.

    `beside` stands below the picture.
    """
    shown = tuple(keys)
    title = tag("strong", document.headline, class_="outcome", lang=spoken())
    first = [s for s in document.answer if s.key in shown]
    notes = joined(_block(Paragraph(note, "note")) for note in document.notes)
    summary = tag("h2", title, " ", prose(document.sentence), class_="summary")
    said = tag("div", summary, notes, _sections(first))
    drawn = _block(Drawing(document.picture)) if document.picture else Html("")
    right = tag("div", drawn, beside or Html(""))
    return tag("section", said, right, class_=f"card {document.outcome}")


def rest_html(document: Document, keys: Iterable[Key] = _ON_CARD) -> Html:
    """Draw all that is not on a card with these sections; what is long is folded."""
    shown = (*keys, *_IN_HEAD)
    rest = [s for s in document.answer if s.key not in shown]
    copy = translate("Copy as an issue")
    issue = Code(comment_of(document), "markdown", copy, name="issue")
    return joined(
        (
            tag("section", _sections(rest), class_="rest"),
            *(_part(each) for each in document.details),
            _block(Fold(translate("As an issue's comment"), (issue,))),
        )
    )


def _tools(document: Document) -> Html:
    names = {"issue": translate("Copy as an issue")}
    if any(code.name == "curl" for each in document.details for code in _codes(each)):
        names["curl"] = translate("Copy as curl")
    buttons = (
        tag("button", label, type="button", class_="copy", data_from=name)
        for name, label in names.items()
    )
    return tag("p", joined(buttons), class_="tools")


def _codes(fold: Fold) -> Iterator[Code]:
    return (each for each in fold.blocks if isinstance(each, Code))


def _sections(sections: Iterable[Section]) -> Html:
    rows = [
        tag(
            "div",
            tag("dt", section.title),
            tag("dd", joined(map(_block, section.blocks))),
            class_=section.key,
        )
        for section in sections
    ]
    return tag("dl", joined(rows)) if rows else Html("")


def blocks_html(blocks: Iterable[Block]) -> Html:
    """Render blocks as a fragment of plain HTML."""
    return joined(map(_block, blocks))


def _block(block: Block) -> Html:  # noqa: PLR0911 - one kind of block each
    match block:
        case Paragraph(text, tone):
            named = {"class_": tone} if tone else {}
            return tag("p", prose(text), **named)
        case Heading(text):
            return tag("h3", text)
        case Bullets((single,)):
            return tag("p", prose(single))
        case Bullets(items):
            return tag("ul", joined(tag("li", prose(item)) for item in items))
        case Code():
            return _code(block)
        case Table():
            return _table(block)
        case Drawing(picture):
            # A narrow page scrolls it in its own box, which the keyboard must reach.
            label = translate("Picture: {title}", title=picture.title)
            svg = Html(picture.svg)
            return tag("figure", svg, class_="picture", tabindex="0", aria_label=label)
        case Fold():
            return _fold(block)
    assert_never(block)


def _code(block: Code) -> Html:
    named = {"id": block.name} if block.name else {}
    text = tag("pre", verbatim(block.text, _CODE_LIMIT), **named)
    if not block.copy:
        return text
    button = tag("button", block.copy, type="button", class_="copy")
    return tag("div", text, button, class_="paste")


def _fold(block: Fold) -> Html:
    mark = [tag("span", block.mark, class_="mark"), " "] if block.mark else []
    says = [" ", tag("span", prose(block.says), class_="quiet")] if block.says else []
    summary = tag("summary", *mark, block.title, *says)
    return tag("details", summary, blocks_html(block.blocks))


def _table(block: Table) -> Html:
    """Build a table whose first cell names the row."""
    head = tag("tr", *(tag("th", name, scope="col") for name in block.columns))
    lines = [
        tag(
            "tr",
            tag("th", _cell(row[0]), scope="row"),
            *(tag("td", _cell(cell)) for cell in row[1:]),
        )
        for row in block.rows
    ]
    return tag(
        "div",
        tag(
            "table",
            tag("caption", block.caption),
            tag("thead", head),
            tag("tbody", joined(lines)),
        ),
        class_=f"scroll {block.kind}".strip(),
        # What scrolls must be reached by the keyboard, and say what it is.
        tabindex="0",
        role="group",
        aria_label=translate("Table: {caption}", caption=block.caption),
    )


def _cell(cell: Cell) -> Html:
    if isinstance(cell, Sources):
        return joined(tag("div", _source(source)) for source in cell)
    if isinstance(cell, Link):
        return tag("a", cell.text, href=quote(cell.href))
    return prose(cell)


def _source(source: str) -> Html:
    # Only a plain web address becomes a link: a saved report may come from anywhere.
    if source.startswith("https://") and " " not in source:
        return tag("a", source.removeprefix("https://"), href=source, rel="noreferrer")
    return tag("span", source)
