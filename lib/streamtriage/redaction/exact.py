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
    from collections.abc import Iterable, Iterator

__all__ = ["needles", "parts"]


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


def needles(secrets: Iterable[str]) -> re.Pattern[str] | None:
    """Compile one pattern that finds the secrets, or what already hides one."""
    found: dict[str, str] = {}
    for part in {part for secret in secrets for part in parts(secret) if part.strip()}:
        if len(part) < 4:
            # Three characters occur in any text; they go only where they stand alone.
            found[part] = rf"(?<!\w){re.escape(visible(part))}(?!\w)"
            continue
        found |= {visible(form): re.escape(visible(form)) for form in _forms(part)}
    if not found:
        return None
    longest_first = (found[form] for form in sorted(found, key=len, reverse=True))
    return re.compile(f"{MARKER}|" + "|".join(longest_first))
