"""One more look at finished files for anything that is secret, before they are given.

Whatever is found is hidden and counted: facts were redacted where they were measured,
so a count above zero means that a notebook held more than this tool wrote into it.
"""

from __future__ import annotations

import html
import re
from itertools import groupby
from typing import TYPE_CHECKING

from streamtriage.redaction import Wall

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

__all__ = ["LastLook"]

# Style sheets and our one script hold no words of anybody; in a page only text is
# looked at.
_MARKUP = re.compile(
    r"(<(?:style|script)>.*?</(?:style|script)>|<[^<>]*>)", re.DOTALL | re.IGNORECASE
)
_ADDRESS = re.compile(r'(?P<name>\b(?:href|src|alt|title)=")(?P<value>(?!data:)[^"]*)')
_ESCAPE = re.compile(r"\\([\\`*_\[\]|~$#])")
# Where a source is described; a plain one may name a place in it.
_CITED = re.compile(r"https?://[A-Za-z0-9./_~-]{1,300}#[A-Za-z0-9_.-]{1,80}")


class LastLook:
    """Hides what is left in finished text, and counts the places.

    `secrets` are values that are known exactly. `known` are lines that this tool ships,
    and `cited` addresses of its sources; both look like more than they are.
    """

    def __init__(
        self,
        secrets: Iterable[str] = (),
        *,
        known: Collection[str] = (),
        cited: Iterable[str] = (),
    ) -> None:
        self.count = 0
        self._wall = Wall(secrets)
        self._known = frozenset(known)
        harmless = sorted(filter(self._is_plain, set(cited)), key=len, reverse=True)
        self._cited = re.compile(f"({'|'.join(map(re.escape, harmless)) or '(?!)'})")

    def text(self, text: str) -> str:
        """Look at text; lines that this tool ships stay as they are."""
        return self._each(text, self._once)

    def markdown(self, text: str) -> str:
        """Look at Markdown, where an escape may stand in the middle of a secret."""
        return self._each(text, self._unmarked)

    def _each(self, text: str, look: Callable[[str], str]) -> str:
        runs = groupby(text.split("\n"), self._known.__contains__)
        joined = (("\n".join(lines), own) for own, lines in runs)
        looked = "\n".join(run if own else look(run) for run, own in joined)
        self.count += looked != text
        return looked

    def _unmarked(self, text: str) -> str:
        bare = html.unescape(_ESCAPE.sub(r"\1", text)).replace("\u200b", "")
        looked = self._once(bare)
        # What had to be laid bare is escaped again as a whole: its layout is lost.
        return self._once(text) if looked == bare else html.escape(looked, quote=False)

    def page(self, page: str) -> str:
        """Look at the text of an HTML page, and at the addresses in it."""
        pieces = _MARKUP.split(page)
        pieces[::2] = (self._unescaped(self.text, piece) for piece in pieces[::2])
        pieces[1::2] = (_ADDRESS.sub(self._address, tag) for tag in pieces[1::2])
        return "".join(pieces)

    def _address(self, match: re.Match[str]) -> str:
        return match["name"] + self._unescaped(self.text, match["value"])

    def _unescaped(self, look: Callable[[str], str], text: str) -> str:
        # Signs that nobody sees keep numbers from becoming links, and words from
        # becoming mentions; none may keep a secret from being seen.
        shown = html.unescape(text).replace("\u200b", "")
        looked = look(shown)
        return text if looked == shown else html.escape(looked)

    def _once(self, text: str) -> str:
        pieces = self._cited.split(text)
        pieces[::2] = (self._wall.let_in(each).shown for each in pieces[::2])
        return "".join(pieces)

    def _is_plain(self, source: str) -> bool:
        """Tell whether a source is hidden only for the place in it that it names."""
        address, _, place = source.partition("#")
        return bool(_CITED.fullmatch(source)) and all(
            self._wall.let_in(part).shown == part for part in (address, f"/{place}/")
        )
