"""Values whose name says that they are secret."""

from __future__ import annotations

import re

from streamtriage.redaction.marks import HIDDEN, MARKER, hide, label_once, replaced
from streamtriage.redaction.urls import safe_segment

_SESSION_NAME = r"mcp-session-id|sess(?:ion)?[_-]?id"
_STRONG_NAME = (
    r"passw(?:or)?d|passphrase|pwd(?=[\"']?\s{0,8}[:=]\s{0,8}[\"']?[^\s/\"'])"
    r"|(?:api|access|functions|private|secret|subscription)[_-]?key(?:[_-]?id)?|client[_-]?secret"
    r"|authorization|cookie|_auth"
)
_WEAK_NAME = r"token|secret|credentials?|assertion|code[_-]?verifier"
_NAME = f"(?:(?P<session>{_SESSION_NAME})|(?P<strong>{_STRONG_NAME})|(?:{_WEAK_NAME}))"
SENSITIVE_KEY = re.compile(f"{_NAME}$", re.IGNORECASE)

# "name": "value", 'name' => 'value', name="value", ["name", "value"], and the same with
# escaped quotes. All gaps are bounded so that no input makes the search quadratic.
QUOTED = re.compile(
    rf"""{_NAME}(?:\\*["']\s{{0,8}}(?:=>|[:=,])|\s{{0,8}}(?:=>|[:=]))"""
    r"""\s{0,8}\[?\s{0,8}b?(?:"""
    r"""(?P<quote>["'])(?P<plain>(?:\\.|(?!(?P=quote))[^\n\\])*)"""
    r"""|(?P<escape>\\+["'])(?P<inner>(?:(?!(?<!\\)(?P=escape))[^\n])*))""",
    re.IGNORECASE,
)
BARE = re.compile(
    rf"""{_NAME}["']?\s{{0,8}}(?P<sign>[:=])\s{{0,8}}"""
    rf"""(?P<value>(?:{MARKER}|[^\s"'&])+)""",
    re.IGNORECASE,
)
HEADER_LINE = re.compile(
    r"""(?P<outer>["'])?(?P<name>(?:proxy-)?authorization|(?:set-)?cookie)"""
    r"""\s{0,8}:\s{0,8}(?!["'\s])"""
    r"""(?P<value>(?(outer)(?:(?!(?P=outer))[^\n])*|[^\n]*))""",
    re.IGNORECASE,
)
_LINES = ("authorization", "cookie")
_NO_VALUE = ("", "null", "none", "true", "false", "undefined")
_COOKIE_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}")
_COOKIE_ATTRIBUTES = frozenset(
    ("path", "domain", "max-age", "expires", "samesite", "priority", "version")
)


def quoted(match: re.Match[str]) -> str:
    """Hide the quoted value of a telling name."""
    group = "inner" if match["plain"] is None else "plain"
    conceal = label_once if match["session"] else hide
    return replaced(match, group, conceal(match[group]))


def bare(match: re.Match[str]) -> str:
    """Hide the unquoted value of a telling name, unless it is prose."""
    value = match["value"].rstrip(",;}])")
    # Credentials and cookies may hold blanks: the rule for header lines has seen them.
    a_line = match["sign"] == ":" and (match["strong"] or "").lower() in _LINES
    if a_line or value.lower() in _NO_VALUE:
        return match[0]
    # "invalid token: expired" is prose; "token: 8f3a91c2" is not.
    telling = len(value) >= 8 and (not value.isalpha() or len(value) >= 20)
    certain = match["strong"] or (match["session"] or "").lower().startswith("mcp")
    if match["sign"] == ":" and not certain and not telling:
        return match[0]
    if match["session"]:
        tail = match["value"][len(value) :]
        return replaced(match, "value", label_once(value) + tail)
    return replaced(match, "value", hide(match["value"]))


def cookie_names(value: str) -> str:
    """Keep the names, which tell load balancers apart, and hide the values."""
    pieces = (piece.strip().partition("=") for piece in re.split("[;,]", value))
    names = [
        name
        for name, equals, _ in pieces
        if equals
        and name.lower() not in _COOKIE_ATTRIBUTES
        and _COOKIE_NAME.fullmatch(name)
        and safe_segment(name) == name
    ]
    return "; ".join(f"{name}={HIDDEN}" for name in names) or hide(value)


def header_line(match: re.Match[str]) -> str:
    """Hide the credentials of one header line, to its end."""
    cookie = match["name"].lower().endswith("cookie")
    value = match["value"]
    return replaced(match, "value", cookie_names(value) if cookie else hide(value))
