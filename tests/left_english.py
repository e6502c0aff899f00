# ruff: noqa: RUF001 - it reads Chinese, with its own marks
"""English that is left in what is shown in Chinese, but for what stays as it is.

What stays is written down here, each with its reason: nothing else is passed over.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["left_english", "texts_of_html", "texts_of_markdown"]

# Four words of English in a row; names, terms of the protocol and options are shorter.
_ENGLISH = re.compile(r"(?:\b[A-Za-z][a-z']*[,;:]? +){3,}[a-z]+")
_STAYS: dict[str, str] = {
    r"(?s)```.*?```": "code, and what clients print",
    r"`[^`]*`": "names, options, code",
    r"“[^”]*”": "what a server or a client said",
    r"\"[^\"]*\"": "what a server or a client said",
    r"\[Errno[^\]]*\][^[|;；（）\n]*": "what this machine's system said",
    r"(OpenSSL 报告：|: |：)?certificate has expired": "what OpenSSL said",
    r"peer closed connection without[^[\n]*\([^)]*\)": "what an HTTP library said",
    r"它的文字：[^|\n]*": "what a client prints",
    r"RFC \d[^|\n]*": "the title of a source",
    r"MCP 20\d\d-\d\d-\d\d[^|\n]*": "the title of a source",
    r"\bmcp \d[\d.]+ [^|\n]*": "the place of a source",
    r"Failed to reconnect SSE stream[^|\n]*": "the error itself",
    r"nginx \d[\d.]+, HTTP/[^\n]*": "the note of a source",
    r"https?://\S+": "an address",
}
_PASSED = [re.compile(each) for each in _STAYS]
# The table of what others have seen quotes them; only the third column is of ours.
_OTHERS = "| 来源 | 那里看到的现象 | 与你的情况对照 | 有效的做法 |"


def left_english(texts: Iterable[str]) -> list[str]:
    """Return each text in which English is left that has no reason to stay."""
    found = []
    for text in texts:
        bare = _own_column(text)
        for pattern in _PASSED:
            bare = pattern.sub(" ¶ ", bare)
        found += [line for line in bare.splitlines() if _ENGLISH.search(line)]
    return list(dict.fromkeys(found))


def _own_column(text: str) -> str:
    """Leave of a table with others' words what is said of this case."""
    lines, within = [], False
    for line in text.splitlines():
        within = line == _OTHERS or (within and line.startswith("|"))
        cells = re.split(r"(?<!\\)\|", line) if within else []
        lines.append(cells[3] if len(cells) > 4 else line)
    return "\n".join(lines)


def texts_of_html(page: str) -> Iterator[str]:
    """Yield what a page shows, and the words of its pictures; no code."""
    bare = re.sub(r"(?s)<(script|style|pre|code)[^>]*>.*?</\1>", " ¶ ", page)
    named = re.findall(r'(?:alt|title|aria-label|placeholder)="([^"]*)"', bare)
    # A sentence goes on after a mark within it.
    whole = re.sub(r"</?(?:em|strong|a|b|i|span)\b[^>]*>", "", bare)
    for text in (*re.split(r"<[^>]*>", whole), *named):
        yield html.unescape(text).strip()


def texts_of_markdown(text: str) -> Iterator[str]:
    """Yield a pane's Markdown without its code, and the words of its pictures."""
    yield re.sub(r"(?s)```.*?```", " ¶ ", text)
