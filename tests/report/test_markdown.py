"""The comment is short enough, and hostile text neither renders nor notifies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from streamtriage.markup.markdown import code, fenced, plain, prose, table
from streamtriage.report import (
    card_markdown,
    evidence_markdown,
    findings_markdown,
    render_markdown,
)
from streamtriage.report.markdown import COMMENT_LIMIT

from .samples import crashed, half_open, healthy, hostile, long_and_hostile, unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from markdown_it.token import Token

    from streamtriage.model import Report

READER = MarkdownIt("commonmark").enable("table")
SAMPLES = [healthy, half_open, unknown, crashed, hostile]
OURS = ("<details>", "</details>")
# Line breaks and runs of blanks are folded, so that text stays within its cell.
LINES = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=60)


def tokens(markdown: str) -> list[Token]:
    found = READER.parse(markdown)
    return [*found, *(child for token in found for child in token.children or ())]


def words(markdown: str) -> str:
    kept = ("text", "code_inline", "fence", "softbreak", "text_special")
    shown = (token.content for token in tokens(markdown) if token.type in kept)
    return "".join(shown).replace("\u200b", "")


@pytest.mark.parametrize("sample", [*SAMPLES, long_and_hostile])
def test_comment_fits(sample: Callable[[], Report]) -> None:
    assert len(render_markdown(sample())) < COMMENT_LIMIT + 1000


@pytest.mark.parametrize("sample", SAMPLES)
def test_only_our_own_markup_renders(sample: Callable[[], Report]) -> None:
    for token in tokens(render_markdown(sample())):
        assert token.type not in ("link_open", "image", "html_inline")
        if token.type == "html_block":
            assert token.content.startswith(OURS)
            assert "alert" not in token.content
        if token.type == "heading_open":
            assert token.tag in ("h2", "h3")


def test_hostile_comment_notifies_nobody() -> None:
    outside = [
        token.content
        for token in tokens(render_markdown(hostile()))
        if token.type == "text"
    ]

    assert not any("@someone" in text or "#123" in text for text in outside)
    assert any("someone" in text for text in outside)


@given(text=LINES)
def test_plain_text_reads_as_it_was(text: str) -> None:
    assert words(f"x {plain(text)}") == f"x {text}"
    assert words(plain(text)).strip() == text


@given(text=LINES)
def test_code_reads_as_it_was(text: str) -> None:
    row = tokens(table(("a", "b"), [(code(text), "z")]))
    cells = [token.content for token in row if token.type == "code_inline"]

    assert cells == [text]


@given(text=st.text(st.sampled_from("`~a\n "), max_size=40))
def test_block_reads_as_it_was(text: str) -> None:
    blocks = [token for token in READER.parse(fenced(text)) if token.type == "fence"]

    assert [block.content.strip("\n") for block in blocks] == [
        text.rstrip().strip("\n")
    ]


def test_prose_keeps_its_code() -> None:
    assert prose("the probe `re|open` must *change*") == (
        r"the probe `re\|open` must \*change\*"
    )


@pytest.mark.parametrize(
    "phrase",
    [
        "Cause found. The server still counts the old stream.",
        "proxy_ignore_client_abort off;",
        "Reproduced: for what was seen",
        "Unknown: not judged, so not ruled out: 1 cause",
        "Hold for at least 130 s: --hold 130.",
        "streamtriage triage https://mcp.example.com/mcp --hold 130",
        "409 Conflict (HTTP/1.1)",
    ],
)
def test_comment_says(phrase: str) -> None:
    assert phrase in words(render_markdown(half_open()))


def test_evidence_too_long_is_named() -> None:
    report = half_open()
    long = report.evidence[0].model_copy(update={"skipped": "x" * 900})
    many = report.model_copy(update={"evidence": (long,) * 60})

    assert "Left out here for its length" in render_markdown(many)


def test_fragments_stand_alone() -> None:
    assert card_markdown(half_open()).startswith("**Cause found.** ")
    assert "`half-open-stream-409`" in findings_markdown(half_open())
    assert "again at +1 s" in evidence_markdown(half_open(), "reopen")
    assert "did not run" in evidence_markdown(half_open(), "open")
    assert "KeyError" in evidence_markdown(crashed(), "bug")
