"""The last look at finished text, right before it is written anywhere."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, TypeVar

from streamtriage.redaction.exact import needles
from streamtriage.redaction.shapes import TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["MASK", "last_look", "values_of"]

T = TypeVar("T", str, bytes)

# Not the redactor's own mark: this one is plain text in HTML, Markdown and JSON alike,
# and tells that something came as far as here.
MASK = "[hidden]"
# A secret that is shorter occurs in ordinary text, which this must leave whole.
_SHORTEST = 8
# Pictures and fonts, in which any run of characters may turn up.
_ENCODED = r"(?P<kept>base64,[A-Za-z0-9+/=]+|[A-Za-z0-9+/]{400,}={0,2})"
# USER:PASSWORD in capitals is what a fix asks the person to replace.
_USERINFO = (
    r"(?<=://)(?!<hidden)(?![A-Z_]{1,40}:[A-Z_]{1,40}@)"
    r"[^\s/:@\"'<>\\]{1,200}:(?!<hidden)[^\s/@\"'<>\\]{1,200}(?=@)"
)
_BEARER = r"(?<=[Bb]earer )(?=[A-Za-z._~+/-]{0,40}\d)[A-Za-z0-9._~+/-]{20,}"
# A marker without an end hides what may be the key, and not the rest of the page.
_KEY = (
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:[A-Za-z0-9+/=\s]|\\[nr]){16,9000}(?:-----END [A-Z0-9 ]{0,40}-----)?"
)
_SHAPES = re.compile(f"{_KEY}|{_ENCODED}|{TOKEN.pattern}|{_USERINFO}|{_BEARER}")
# The names of style sheets begin so too; every key of this kind has a digit.
_STYLE_NAME = re.compile(r"sk-[a-z-]+")


def values_of(
    names: Iterable[str], environ: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Return what these environment variables hold, for the last look at a text."""
    held = os.environ if environ is None else environ
    return tuple(value for name in names if (value := held.get(name)))


def last_look(content: T, secrets: Iterable[str] = ()) -> T:
    """Return finished text with every secret of an unmistakable shape masked.

    It is a net under `Redactor`, not in its place: it sees keys, tokens, private keys
    and passwords in URLs by their shape, and `secrets` of eight characters and more in
    every spelling. Pictures inside the text stay. Masking leaves JSON, HTML, Markdown
    and notebooks well formed.
    """
    if isinstance(content, bytes):
        text = content.decode("utf-8", "surrogateescape")
        return _masked(text, secrets).encode("utf-8", "surrogateescape")
    return _masked(content, secrets)


def _masked(text: str, secrets: Iterable[str]) -> str:
    known = needles(secret for secret in secrets if len(secret) >= _SHORTEST)
    if known is not None:
        text = known.sub(_unless_marked, text)
    return _SHAPES.sub(_mask, text)


def _unless_marked(found: re.Match[str]) -> str:
    return found[0] if found[0].startswith("<hidden") else MASK


def _mask(found: re.Match[str]) -> str:
    kept = found["kept"] or _STYLE_NAME.fullmatch(found[0])
    return found[0] if kept else MASK
