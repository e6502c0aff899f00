"""The page stands alone, is well formed, and runs nothing that a server sent."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from streamtriage.report import render_html

from .samples import (
    crashed,
    half_open,
    healthy,
    hostile,
    long_and_hostile,
    unknown,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtriage.model import Report

VOID = {"meta"}
WORDS = """
html head meta title style body main header section h1 h2 h3 p div span strong code pre
ul li dl dt dd table caption thead tbody tr th td details summary a button script
figure svg desc g text line rect circle polygon
"""
ALLOWED = frozenset(WORDS.split())
SAMPLES = [healthy, half_open, unknown, crashed, hostile]


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


@pytest.mark.parametrize("sample", SAMPLES)
def test_one_script_of_ours_can_run_and_no_other(sample: Callable[[], Report]) -> None:
    """The browser is told its sum; what is in the page by any other way is not run."""
    text = render_html(sample())
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    sealed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()

    assert f"style-src 'unsafe-inline'; script-src 'sha256-{sealed}'" in text
    assert "default-src 'none'" in text
    assert "fetch(" not in script
    assert "http" not in script


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
    text = Page(render_html(hostile())).text

    assert "<script>alert(1)</script>" in text
    assert "<U+202E>gnp.exe<U+0000>" in text


def test_page_of_a_server_is_named_by_its_title() -> None:
    assert "An HTML page titled “Gate &amp;" in Page(render_html(hostile())).text


def test_unknown_is_never_shown_as_fine() -> None:
    text = Page(render_html(half_open())).text
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
    assert "Nothing yet: no cause was proven." in Page(render_html(unknown())).text


@pytest.mark.parametrize(
    "words",
    [
        "Cause found The server still counts the old stream.",
        "proxy_ignore_client_abort off;",
        "reopen must then answer differently. Exit code 0 means mended.",
        "What cut the stream",
        "Copy as an issue",
        "2026-11-22 12:30 UTC",
        "409 Conflict (HTTP/1.1)",
        "12 ms",
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


def test_each_probe_is_one_line_with_its_mark() -> None:
    text = Page(render_html(unknown())).text

    assert "✗ Is the event stream opened? no answer within our time limit" in text
    assert "– How long does a silent stream live? No stream was open." in text
    assert "– Not asked" in text
