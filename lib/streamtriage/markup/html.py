"""The one place where text becomes HTML: escaped, and bounded in length."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from streamtriage.on_first_use import compile_later
from streamtriage.redaction import cut, visible

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["TEXT_LIMIT", "Html", "joined", "prose", "tag", "verbatim"]

TEXT_LIMIT = 4000
_QUOTED = compile_later(r"`([^`\n]{1,80})`")


class Html(str):
    """Markup made by `tag`; any other string is text and gets escaped."""

    __slots__ = ()


def _safe(child: str) -> str:
    if isinstance(child, Html):
        return child
    return escape(cut(visible(child), TEXT_LIMIT))


def tag(name: str, *children: str, **attributes: str) -> Html:
    """Build one element; `class_` and `for_` stand for reserved words."""
    named = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{_safe(value)}"'
        for key, value in attributes.items()
    )
    return Html(f"<{name}{named}>{''.join(map(_safe, children))}</{name}>")


def prose(text: str) -> Html:
    """Mark what stands between backticks in a sentence of our own as code."""
    pieces: list[str] = _QUOTED.split(cut(text, TEXT_LIMIT))
    pieces[1::2] = (tag("code", piece) for piece in pieces[1::2])
    return Html("".join(map(_safe, pieces)))


def joined(parts: Iterable[str]) -> Html:
    """Put markup and text behind each other, a line each."""
    return Html("\n".join(map(_safe, parts)))


def verbatim(text: str, limit: int) -> Html:
    """Take text of more than the usual length as it is."""
    return Html(escape(cut(visible(text), limit)))
