"""The page stands alone, is well formed, and runs nothing that a server sent."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from streamtriage.model import End
from streamtriage.report import (
    card_html,
    evidence_html,
    exchange_table_html,
    findings_html,
    render_html,
)

from .samples import (
    crashed,
    half_open,
    healthy,
    hostile,
    long_and_hostile,
    stream,
    unknown,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtriage.model import Report

VOID = {"meta"}
WORDS = """
html head meta title style body main section h1 h2 h3 p div span strong code pre ol ul
li table caption thead tbody tr th td details summary a
figure svg desc g text line rect circle polygon
"""
ALLOWED = frozenset(WORDS.split())
SAMPLES = [healthy, half_open, unknown, crashed, hostile]
FRAGMENTS: dict[str, Callable[[Report], str]] = {
    "card": card_html,
    "findings": findings_html,
    "open": lambda report: evidence_html(report, "open"),
    "handshake": lambda report: evidence_html(report, "handshake"),
    "reopen": lambda report: evidence_html(report, "reopen"),
    "bug": lambda report: evidence_html(report, "bug"),
}


class Page(HTMLParser):
    """Reads a page strictly: every element is closed in order."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(markup)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def tags(self) -> set[str]:
        return {tag for tag, _ in self.seen}

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


@pytest.mark.parametrize("sample", SAMPLES)
def test_page_is_well_formed_and_inert(sample: Callable[[], Report]) -> None:
    page = Page(render_html(sample()))

    assert page.tags <= ALLOWED
    for tag, attributes in page.seen:
        assert not [name for name in attributes if name.startswith("on")]
        assert "src" not in attributes
        if tag == "a":
            assert (attributes["href"] or "").startswith("https://")


@pytest.mark.parametrize("sample", SAMPLES)
def test_page_needs_no_network(sample: Callable[[], Report]) -> None:
    style = re.search(r"<style>(.*?)</style>", render_html(sample()), re.DOTALL)

    assert style
    assert "url(" not in style[1]
    assert "@import" not in style[1]


@pytest.mark.parametrize("fragment", FRAGMENTS)
@pytest.mark.parametrize("sample", SAMPLES)
def test_fragment_is_plain(sample: Callable[[], Report], fragment: str) -> None:
    page = Page(FRAGMENTS[fragment](sample()))

    assert page.tags <= ALLOWED - {"style", "html", "head", "meta", "body"}
    assert not any("style" in attributes for _, attributes in page.seen)


def test_tables_can_be_read_aloud() -> None:
    page = Page(render_html(half_open()))
    heads = [attributes for tag, attributes in page.seen if tag == "th"]
    count = {tag: [t for t, _ in page.seen].count(tag) for tag in ("table", "caption")}

    assert all(attributes["scope"] in ("col", "row") for attributes in heads)
    assert count["table"] == count["caption"]
    assert ("html", {"lang": "en"}) in page.seen
    assert {"main", "h1", "h2"} <= page.tags


def test_hostile_page_stays_small() -> None:
    assert len(render_html(long_and_hostile())) < 500_000


def test_hostile_text_is_shown_as_text() -> None:
    text = Page(findings_html(hostile())).text

    assert "<script>alert(1)</script>" in text
    assert "<U+202E>gnp.exe<U+0000>" in text


def test_page_of_a_server_is_named_by_its_title() -> None:
    report = hostile()
    text = Page(evidence_html(report, "open")).text

    assert "An HTML page titled “Gate &amp;" in text


def test_unknown_is_never_shown_as_fine() -> None:
    text = Page(findings_html(half_open())).text
    order = [
        text.index(words)
        for words in (
            "✗ Present: 1 cause",
            "? Suspected, not proven: 1 cause",
            "… Unknown: not judged, so not ruled out: 1 cause",
            "✓ Ruled out: 1 cause",
        )
    ]

    assert order == sorted(order)
    assert "Nothing, since no cause" in Page(render_html(unknown())).text


@pytest.mark.parametrize(
    "words",
    [
        "Cause found The server still counts the old stream.",
        "proxy_ignore_client_abort off;",
        "the answer to “Can the stream be opened again?” (probe reopen) must change",
        "409 Conflict (HTTP/1.1)",
        "12.3 ms",
        "2.05 kB, 1 event, 4 comments every 15.0 s",
        "reset (RST), after 61.3 s of silence",
        "Conflict: Only one SSE stream is allowed per session",
        "A v1 client on Node.js — this is what was pasted",
        "--auth-env MCP_TOKEN --header X-Api-Key=MY_API_KEY",
        "example.org/docs#proxy_buffering",
    ],
)
def test_page_says(words: str) -> None:
    assert words in Page(render_html(half_open())).text


def test_probe_that_did_not_run_says_so() -> None:
    assert "did not run" in evidence_html(healthy(), "open")
    assert "no answer within our time limit" in evidence_html(unknown(), "open")


def test_exchange_table_stands_alone() -> None:
    page = Page(exchange_table_html([stream("GET", End.WATCHED, 1.0)], "Two GETs"))

    assert page.text.startswith("Two GETsRequestAnswerContent type")
    assert "still open when we stopped" in page.text
