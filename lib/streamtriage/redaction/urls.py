"""URLs without userinfo, query values, fragment and keys in the path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamtriage.redaction.marks import HIDDEN, hide

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEME = re.compile(r"[a-z][a-z0-9+.-]{0,20}:\\?/\\?/", re.IGNORECASE)
_AUTHORITY = re.compile(r"[^/\\?#]*")
_AMPERSAND = re.compile(r"(&amp;|&|\\u0026)")
# No dot and no colon: file names and line numbers of a stack trace stay.
_KEY = re.compile("[A-Za-z0-9_~=%+-]{24,}")
HEXADECIMAL = re.compile(r"[0-9A-Fa-f-]{32,}")


def mixed(run: str) -> bool:
    """Tell whether a run has digits and letters of both cases, as random ones do."""
    kinds: tuple[Callable[[str], bool], ...] = (str.isdigit, str.isupper, str.islower)
    return all(any(map(kind, run)) for kind in kinds)


def safe_segment(segment: str) -> str:
    """Hide a path segment that is a key in itself, as some hosted servers hand out."""
    opaque = _KEY.fullmatch(segment) and mixed(segment)
    return HIDDEN if opaque or HEXADECIMAL.fullmatch(segment) else segment


def _safe_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    return f"{safe_segment(name)}={hide(value)}" if equals else hide(pair)


def _without_userinfo(rest: str) -> str:
    authority = _AUTHORITY.match(rest)
    name = authority[0] if authority else ""
    if "@" in name:
        return HIDDEN + rest[name.rindex("@") :]
    # A "port" that is no number and an @ behind it: a password with a bare / ? or #.
    _, colon, port = name.partition(":")
    if colon and not name.startswith("[") and not port.isdigit() and "@" in rest:
        return HIDDEN + rest[rest.rindex("@") :]
    return rest


def safe_url(url: str) -> str:
    """Hide userinfo, query values, fragment and random path segments of one URL."""
    scheme = SCHEME.match(url)
    start = scheme[0] if scheme else ""
    rest = _without_userinfo(url[len(start) :])
    rest, hash_, fragment = rest.partition("#")
    path, mark, query = rest.partition("?")
    steps = re.split(r"([/\\]+)", path)
    path = steps[0] + "".join(safe_segment(step) for step in steps[1:])
    pairs = _AMPERSAND.split(query)
    pairs[::2] = [_safe_pair(pair) for pair in pairs[::2]]
    return f"{start}{path}{mark}{''.join(pairs)}{hash_}{hide(fragment)}"
