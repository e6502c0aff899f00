"""HTML that Markdown became, with all that would run or load taken out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import bleach
from bleach.html5lib_shim import Filter

from streamtriage.notebook.safe_svg import safe_address

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["cleaned"]

# What Markdown becomes; the exporter's own list would show <details> as text.
_TAGS = frozenset(
    {
        *("a", "blockquote", "br", "code", "del", "details", "div", "em", "hr", "img"),
        *("h1", "h2", "h3", "h4", "h5", "h6"),
        *("li", "ol", "p", "pre", "span", "strong", "summary", "ul"),
        *("table", "tbody", "td", "th", "thead", "tr"),
    }
)
# The scheme `data` is for images alone: a link never leads into one.
_LINK = re.compile(r"(?:https?:|mailto:|[^:\x00-\x20]*(?:$|[/?#])).*", re.DOTALL)


def _in_link(_tag: str, name: str, value: str) -> bool:
    return name == "title" or (
        name == "href" and _LINK.fullmatch(value.strip()) is not None
    )


_CORNER = re.compile(r"<th>\s*</th>")
_ATTRIBUTES = {"*": ["class", "id"], "a": _in_link, "img": ["alt", "src"]}


def cleaned(html: object) -> str:
    """Return HTML without whatever runs, loads or lays itself over the page."""
    harmless: str = _CLEANER.clean(str(html))
    # The corner of a table with heads on two sides heads nothing.
    return _CORNER.sub("<td></td>", harmless)


class _Images(Filter):  # type: ignore[misc]  # bleach has no types
    """Keeps the images that are drawings in their own address, and made harmless.

    Of any other image its alternative text is left.
    """

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for token in super().__iter__():
            if token.get("name") != "img" or "data" not in token:
                yield token
                continue
            found = token["data"]
            address = safe_address(found.get((None, "src"), ""))
            words = found.get((None, "alt"), "")
            if address is None:
                yield {"type": "Characters", "data": words}
            else:
                values = {(None, "alt"): words or "A picture", (None, "src"): address}
                yield token | {"data": values}


_CLEANER = bleach.Cleaner(
    tags=_TAGS,
    attributes=_ATTRIBUTES,
    protocols=("http", "https", "mailto", "data"),
    filters=[_Images],
)
