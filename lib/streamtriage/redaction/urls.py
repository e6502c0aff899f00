"""URLs without userinfo, query values, fragment and keys in the path."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from streamtriage.on_first_use import compile_later
from streamtriage.redaction.marks import HIDDEN, hide
from streamtriage.redaction.randomness import HEXADECIMAL, are_random, is_random, mixed

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEME = compile_later(
    r"(?:(?<![A-Za-z0-9])[a-z][a-z0-9+.-]{0,30}|https?|wss?):\\?/\\?/", re.IGNORECASE
)
_AUTHORITY = compile_later(r"[^/\\?#]*")
_HOST = compile_later(r"[A-Za-z0-9.-]+(?::\d+)?(?:[/?#]|$)")
_AMPERSAND = compile_later(r"(&amp;|&|\\u0026)")
# No dot and no colon: file names and line numbers of a stack trace stay.
_KEY = compile_later("[A-Za-z0-9_~=%+-]{20,}")
_PARAMETER = compile_later("^[^;]*;[^=]*=")
_PIECE = compile_later(r"[A-Za-z0-9+=]+")
_WORD = compile_later(r"[A-Z]?[a-z]+|v?[0-9]+")
# Behind these steps a code host names a commit, and a registry an image.
_HASH_STEPS = """
archive blame blob blobs commit commits compare manifests objects raw rev sha256 tarball
tree zipball
"""
_OF_A_HASH = frozenset(_HASH_STEPS.split())
_COMMIT = compile_later(r"[0-9a-f]{40}(?:[0-9a-f]{24})?(?:\.{2,3}[0-9a-f]{40})?")
# A place in a page, as documentation names it, and not what a login hands over.
_ANCHOR = compile_later(r"(?:egg=)?[A-Za-z0-9_.:~()*,/%@+$#!'-]{1,120}[^\w\s]?")
_LONG = compile_later(r"[A-Za-z0-9+_-]{16,}")
# Parameters that choose what is shown, with values that choose among few things.
_CHOICES = """
badge branch branchname charset color colora colorb component count depth detail
direction dir display encoding event expand family fields format group height hl hours
interval kind label labelcolor labels lang language left_color level limit locale logo
logocolor max milestone min minutes mode offset order orderby output package page
page_size pagesize pagenumber per_page period product project protocol q query range
ref region right_color search seconds size sort sort_by sortby start step style
svg tab tag theme type ui units
utm_campaign utm_content utm_medium utm_source utm_term variant ver version view weight
width
"""
_PLAIN_NAMES = frozenset(_CHOICES.split())
_PLAIN_VALUE = compile_later(r"[0-9]{1,6}|[A-Za-z0-9.:,+_/ -]{0,80}")
_WORDS = compile_later("[A-Za-z0-9_-]{16,}")
_COLOUR = compile_later("(?:[0-9A-Fa-f]{3}){1,2}")
_DIGITS_BETWEEN = compile_later(
    r"[0-9][A-Za-z]+[0-9][A-Za-z]|[A-Za-z][0-9]+[A-Za-z]+[0-9]+$"
)
# Of so few there is nothing to guess.
_FEW = compile_later("[0-9]{1,3}|true|false|yes|no|on|off", re.IGNORECASE)
_ADDRESS = compile_later("[A-Za-z0-9.:/_-]{1,200}")
_ESCAPED_SIGN = compile_later("%[0-9A-Fa-f]{2}")
_ENDS = ".,;:!?)]}*_\\"


def safe_segment(segment: str) -> str:
    """Hide a path segment that is a key in itself, as some hosted servers hand out."""
    if not _KEY.fullmatch(segment):
        return segment
    alike = len(segment) >= 24 and segment.isalnum() and mixed(segment)
    opaque = alike or is_random(segment)
    return HIDDEN if opaque or HEXADECIMAL.fullmatch(segment) else segment


def _safe_path(path: str) -> Iterator[str]:
    steps = re.split(r"([/\\]+)", path)
    torn = _torn([_PARAMETER.sub("", step) for step in steps[2::2]])
    before = ""
    for at, step in enumerate(steps):
        a_commit = before.lower() in _OF_A_HASH and _COMMIT.fullmatch(step)
        if at % 2 or at == 0 or a_commit:
            yield step
        else:
            in_pieces = at // 2 - 1 in torn and ";" not in step
            yield HIDDEN if in_pieces else _safe_step(step)
        before = step if at % 2 == 0 else before


def _torn(steps: list[str]) -> frozenset[int]:
    """Return the steps that are pieces of one key in base64, which has slashes too."""
    found: set[int] = set()
    for may_be, group in groupby(range(len(steps)), lambda at: _may_be(steps[at])):
        places = list(group)
        while may_be and places and _WORD.fullmatch(steps[places[0]]):
            del places[0]
        while may_be and places and _WORD.fullmatch(steps[places[-1]]):
            del places[-1]
        if may_be and len(places) > 1 and are_random([steps[at] for at in places]):
            found.update(places)
    return frozenset(found)


def _may_be(step: str) -> bool:
    """Tell whether a step may be a piece of a key: no word, or too short for one."""
    return _PIECE.fullmatch(step) is not None and (
        len(step) <= 3 or not _WORD.fullmatch(step)
    )


def _safe_step(step: str) -> str:
    # A parameter of a path segment: `;jsessionid=` of servlet containers.
    name, semicolon, parameter = step.partition(";")
    if not semicolon or "=" not in parameter:
        return safe_segment(step)
    return f"{safe_segment(name)};{_safe_pair(parameter)}"


def is_plain(name: str, value: str) -> bool:
    """Tell whether a parameter chooses what is shown, which no secret does."""
    name, value = name.lower(), value.rstrip(_ENDS)
    if _FEW.fullmatch(value):
        return True
    if name in ("url", "uri"):
        return _ADDRESS.fullmatch(value) is not None and safe_url(value) == value
    if name == "id" or name.endswith("_id"):
        return value.isdigit() and len(value) < 8
    return name in _PLAIN_NAMES and _is_choice(name, value)


def _is_choice(name: str, value: str) -> bool:
    if "color" in name and _COLOUR.fullmatch(value):
        return True
    words = _ESCAPED_SIGN.sub("-", value)
    if not _PLAIN_VALUE.fullmatch(words) or _DIGITS_BETWEEN.search(words):
        return False
    return not any(map(is_random, _WORDS.findall(words)))


def _safe_pair(pair: str) -> str:
    name, equals, value = pair.partition("=")
    if not equals:
        return hide(pair)
    return pair if is_plain(name, value) else f"{safe_segment(name)}={hide(value)}"


def _safe_fragment(fragment: str, *, after_a_secret: bool) -> str:
    if (
        after_a_secret
        or not _ANCHOR.fullmatch(fragment)
        or _DIGITS_BETWEEN.search(fragment)
    ):
        return hide(fragment)
    runs = _LONG.findall(fragment)
    opaque = any(is_random(run) or HEXADECIMAL.fullmatch(run) for run in runs)
    return hide(fragment) if opaque else fragment


def _without_userinfo(rest: str) -> str:
    authority = _AUTHORITY.match(rest)
    name = authority[0] if authority else ""
    if name.startswith("git@"):
        return rest
    if "@" in name:
        return HIDDEN + rest[name.rindex("@") :]
    # A "port" that is no number and an @ behind it: a password with a bare / ? or #.
    _, colon, port = name.partition(":")
    if colon and not name.startswith("[") and not port.isdigit() and "@" in rest:
        return HIDDEN + rest[rest.rindex("@") :]
    # Before an @ and a host, what has neither dot nor port is no host itself.
    before, at, host = rest.rpartition("@")
    a_host = "." in name or ":" in name or name == "localhost"
    if at and not a_host and not before.endswith("/") and _HOST.match(host):
        return f"{HIDDEN}@{host}"
    return rest


def safe_url(url: str) -> str:
    """Hide userinfo, query values, fragment and random path segments of one URL."""
    scheme = SCHEME.match(url)
    start = scheme[0] if scheme else ""
    rest = _without_userinfo(url[len(start) :])
    rest, hash_, fragment = rest.partition("#")
    path, mark, query = rest.partition("?")
    pairs = _AMPERSAND.split(query)
    pairs[::2] = [_safe_pair(pair) for pair in pairs[::2]]
    kept = "".join(pairs)
    place = _safe_fragment(fragment, after_a_secret=HIDDEN in kept)
    return f"{start}{''.join(_safe_path(path))}{mark}{kept}{hash_}{place}"
