"""The last look at finished text, right before it is written anywhere."""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from streamtriage.on_first_use import compile_later
from streamtriage.redaction.kinds import A_RUN, in_no_word, shapes_in
from streamtriage.redaction.known import Known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["MASK", "LastLook", "last_look", "values_of"]

T = TypeVar("T", str, bytes)

# Not the redactor's own mark: this one is plain text in HTML, Markdown and JSON alike,
# and tells that something came as far as here.
MASK = "[hidden]"
# A secret that is shorter occurs in ordinary text, which this must leave whole.
_SHORTEST = 8
# Pictures and fonts, in which any run of characters may turn up.
_ENCODED = r"(?<=base64,)[A-Za-z0-9+/=]+|(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{400,}={0,2}"
# Each begins with its own sign, so that the text is passed over as fast as can be.
_MARKED = compile_later(
    # A marker without an end hides what may be the key, and not the rest of the page.
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
    r"(?:[A-Za-z0-9+/=\s]|\\[nr]){16,9000}(?:-----END [A-Z0-9 ]{0,40}-----)?"
)
# USER:PASSWORD in capitals is what a fix asks the person to replace.
_USERINFO = compile_later(
    r"(://)(?!<hidden)(?![A-Z_]{1,40}:[A-Z_]{1,40}@)"
    r"[^\s/:@\"'<>\\]{1,200}:(?!<hidden)[^\s/@\"'<>\\]{1,200}(?=@)"
)
_BEARER = compile_later(
    r"(earer )(?<=[Bb]earer )(?=[A-Za-z._~+/-]{0,40}\d)[A-Za-z0-9._~+/-]{20,}"
)


@lru_cache(maxsize=64)
def _shapes(kinds: str) -> re.Pattern[str]:
    return re.compile(f"{_ENCODED}|(?P<token>{kinds})")


def values_of(
    names: Iterable[str], environ: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Return what these environment variables hold, for the last look at a text."""
    held = os.environ if environ is None else environ
    return tuple(value for name in names if (value := held.get(name)))


class LastLook:
    """Returns finished text with every secret of an unmistakable shape masked.

    It is a net under the inner wall, not in its place: it sees keys, tokens, private
    keys and passwords in URLs by their shape, and `secrets` of eight characters and
    more in every spelling. Pictures inside the text stay. Masking leaves JSON, HTML,
    Markdown and notebooks well formed.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._known = Known(secret for secret in secrets if len(secret) >= _SHORTEST)

    def __call__(self, content: T) -> T:
        if isinstance(content, bytes):
            text = content.decode("utf-8", "surrogateescape")
            return self._masked(text).encode("utf-8", "surrogateescape")
        return self._masked(content)

    def _masked(self, text: str) -> str:
        hidden = self._known.hide(text, lambda _: MASK)
        hidden = _MARKED.sub(MASK, hidden)
        for each in (_USERINFO, _BEARER):
            hidden = each.sub(rf"\1{MASK}", hidden)
        return "".join(_without_kinds(hidden))


def _without_kinds(text: str) -> Iterator[str]:
    """Yield the pieces of a text with each key of a known kind masked.

    Whole reports go through here, and the shapes of the kinds are slow to look for. So
    only runs that are long enough to be one are looked at, where they stand: how a kind
    begins depends on what is before it.
    """
    shapes, done = _shapes(shapes_in(text)), 0
    for run in A_RUN.finditer(text):
        for found in shapes.finditer(text, run.start(), run.end()):
            if found["token"] and in_no_word(found[0]):
                yield text[done : found.start()]
                yield MASK
                done = found.end()
    yield text[done:]


def last_look(content: T, secrets: Iterable[str] = ()) -> T:
    """Return finished text as `LastLook` of these secrets does."""
    return LastLook(secrets)(content)
