"""Secrets that are known exactly, whole and in the usual encodings."""

from __future__ import annotations

import binascii
import html
import json
import re
from base64 import b64decode, b64encode
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

from streamtriage.redaction.marks import MARKER, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = ["Needles", "parts", "spellings"]


def _forms(secret: str) -> Iterator[str]:
    raw = secret.encode("utf-8", "surrogatepass")
    escaped = json.dumps(secret)[1:-1]
    for form in (quote(raw, safe=""), quote(raw), quote_plus(raw)):
        yield form
        yield re.sub("%[0-9A-F]{2}", lambda m: m[0].lower(), form)
    yield from (secret, escaped, json.dumps(escaped)[1:-1], html.escape(secret))
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
    yield b64encode(raw).decode()
    for shift, skipped in enumerate((0, 2, 3)):
        # Inside "user:secret" the bytes start anywhere in a group of three. Characters
        # that share bits with a neighbour differ from text to text and are left out.
        encoded = b64encode(bytes(shift) + raw).decode()
        core = encoded[skipped : 8 * (shift + len(raw)) // 6]
        if len(core) > 4:
            yield core
            yield core.translate(str.maketrans("+/", "-_"))


def parts(secret: str) -> Iterator[str]:
    """Yield a secret, and what a scheme in front of it or Basic around it holds."""
    yield secret
    yield secret.strip()
    scheme, _, rest = secret.strip().partition(" ")
    if scheme.lower() in ("bearer", "basic", "token", "negotiate"):
        yield rest.strip()
    if scheme.lower() == "basic":
        try:
            pair = b64decode(rest, validate=True).decode()
        except (binascii.Error, ValueError):
            return
        yield from (pair, pair.partition(":")[2])


def spellings(part: str) -> dict[str, str]:
    """Return each form that a part of a secret is written in, and its pattern."""
    if len(part) < 4:
        # Three characters occur in any text; they go only where they stand alone.
        return {visible(part): rf"(?<!\w){re.escape(visible(part))}(?!\w)"}
    return {visible(form): re.escape(visible(form)) for form in _forms(part)}


class Needles:
    """Finds secrets in the usual forms, or what already hides one.

    Nearly all texts hold none, and a pattern of many secrets takes longer to compile
    than everything else that a session is told: it is, once one of them is there.
    """

    __slots__ = ("_pattern", "_spelt")

    def __init__(self, spelt: Iterable[Mapping[str, str]]) -> None:
        self._spelt = {form: how for each in spelt for form, how in each.items()}
        self._pattern: re.Pattern[str] | None = None

    def __bool__(self) -> bool:
        return bool(self._spelt)

    def sub(self, replace: Callable[[re.Match[str]], str], text: str) -> str:
        """Return the text with `replace` of each secret, and of each mark, in it."""
        if not any(form in text for form in self._spelt):
            return text
        if self._pattern is None:
            forms = sorted(self._spelt, key=len, reverse=True)
            longest_first = "|".join(self._spelt[form] for form in forms)
            self._pattern = re.compile(f"{MARKER}|{longest_first}")
        return self._pattern.sub(replace, text)
