"""A verdict in Chinese has no English sentence left, and is one screen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from unicodedata import category

import pytest
from wcwidth import width

import catalogues
from left_english import left_english, texts_of_html, texts_of_markdown
from old_reports import FOLDER
from streamtriage.judging import judge_again
from streamtriage.languages import speaking
from streamtriage.languages.request_names import request_name
from streamtriage.model import Report
from streamtriage.report.columns import width_of, wrap_to
from streamtriage.report.document import Bullets, Heading, Paragraph, Table
from streamtriage.report.exchange_rows import exchanges
from streamtriage.report.html import render_html
from streamtriage.report.markdown import render_markdown
from streamtriage.report.sections import document_of
from streamtriage.report.terminal import HEIGHT, render_text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from streamtriage.report.document import Block, Document

FILES = sorted(FOLDER.glob("*.json"))
# A line of the card, and what is short of a path, an option or a field of a message.
COLUMNS, WORD = 60, 16
# Four words of English in a row; names, code and what others printed are shorter.
_ENGLISH = re.compile(r"(?:\b[A-Za-z][a-z']+ +){3,}[a-z]+")
# Code, what somebody else wrote, and what a request is called in the log of a run.
_NOT_OURS = re.compile(r"`[^`]*`|[“\"][^”\"]*[”\"]|\[Errno[^\]]*\]\D*")

saved = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def read(path: Path) -> Report:
    return judge_again(Report.model_validate_json(path.read_text()))


def texts(document: Document) -> Iterator[str]:
    yield from (document.headline, document.sentence, *document.notes)
    for section in document.answer:
        yield from (section.title, section.short)
        if section.key != "request":
            for block in section.blocks:
                yield from of_block(block)


def of_block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(text=text) | Heading(text):
            yield text
        case Bullets(items):
            yield from items
        case Table():
            yield block.caption


@saved
def test_no_english_sentence_is_left_in_an_answer(path: Path) -> None:
    with speaking("zh-CN"):
        told = list(texts(document_of(read(path))))

    left = [text for text in told if _ENGLISH.search(_NOT_OURS.sub("", text))]
    assert left == []


@saved
def test_it_fits_one_screen_of_wide_characters(path: Path) -> None:
    with speaking("zh-CN"):
        lines = render_text(read(path)).splitlines()

    pasted = [line for line in lines if line.startswith("  ")]
    assert len(lines) <= HEIGHT
    assert [line for line in lines if width(line) > 80 and line not in pasted] == []


@saved
def test_no_english_sentence_is_left_on_page_terminal_and_comment(path: Path) -> None:
    """With all that is folded: facts, requests, timelines, the words of pictures."""
    report = read(path)
    with speaking("zh-CN"):
        shown = [
            *texts_of_html(render_html(report)),
            *texts_of_markdown(render_markdown(report)),
            render_text(report),
        ]

    assert left_english(shown) == []


@saved
def test_every_request_has_a_name_in_chinese(path: Path) -> None:
    """But for its method, and what is only a method of MCP or a host."""
    labels = [e.label for seen in read(path).evidence for e in exchanges(seen)]
    with speaking("zh-CN"):
        named = {label: request_name(label) for label in labels}
    bare = re.compile(
        r"(?:(?:GET|POST|DELETE|HEAD|OPTIONS)\b|[\w-]+/[\w-]+|initialize"
        r"|Host: \S+|HTTP\+SSE|Last-Event-ID|User-Agent|Node|Origin|fetch|http-sse|id"
        r"|[+\d., ]|\bs\b)*"
    )

    left = [
        re.sub(r"[\u3000-\u9fff\uff00-\uffef]", "", each) for each in named.values()
    ]
    assert [each for each in left if not bare.fullmatch(each)] == []
    assert all(request_name(label) == label for label in labels)


def test_a_page_says_its_language() -> None:
    report = read(FILES[0])
    with speaking("zh-CN"):
        page, comment = render_html(report), render_markdown(report)

    assert '<html lang="zh-CN">' in page
    assert re.search(r"[\u4e00-\u9fff]{4}", comment)
    assert '<html lang="en">' in render_html(report)


@saved
def test_what_is_kept_stays_english(path: Path) -> None:
    """A report holds facts: who reads it in another language loses nothing."""
    with speaking("zh-CN"):
        report = read(path)

    assert report.verdict == read(path).verdict
    assert not re.search(r"[\u4e00-\u9fff]", report.model_dump_json())


def test_lines_of_chinese_are_filled_and_begin_with_no_closing_mark() -> None:
    """Chinese has no blanks: a line ends behind any character but an opening mark."""
    entries = catalogues.read("zh-CN")
    texts = [entry.string for entry in entries if isinstance(entry.string, str)]
    long = [text for text in texts if width_of(text) > 2 * COLUMNS and _is_prose(text)]
    assert len(long) > 40
    ragged = []
    for text in long:
        lines = wrap_to(text, COLUMNS)
        assert "".join("".join(lines).split()) == "".join(text.split())
        assert [line for line in lines if width_of(line) > COLUMNS] == []
        assert [line for line in lines[1:] if _closes(line[0])] == []
        assert [line for line in lines if category(line[-1]) in {"Ps", "Pi"}] == []
        ragged += [line for line in lines[:-1] if width_of(line) < COLUMNS - 20]
    assert ragged == []


def _is_prose(text: str) -> bool:
    return max(map(len, re.findall(r"[!-~]+", text)), default=0) < WORD


def _closes(sign: str) -> bool:
    return category(sign) in {"Pe", "Pf", "Po"} and not sign.isascii()
