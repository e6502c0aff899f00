"""Secrets that give themselves away by their shape or by the words before them."""

from __future__ import annotations

import re

from streamtriage.redaction.marks import ESCAPED, HIDDEN, MARKER, hide, replaced
from streamtriage.redaction.urls import HEXADECIMAL, SCHEME, mixed

PEM = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----(?:[^-]|-(?!----))*"
    r"(?:-----END [A-Z0-9 ]{0,40}-----)?"
)
URL = re.compile(rf"{SCHEME.pattern}(?:<hidden>|{ESCAPED}|[^\s\"'<>`])+", re.IGNORECASE)
PAIR = re.compile(
    r"(?P<lead>[?&](?:amp;)?[A-Za-z0-9_.\[\]%-]{1,64}=)"
    rf"(?P<value>(?:<hidden>|{ESCAPED}|[^\s\"'&<>#])+)"
)
CREDENTIALS = re.compile(
    r"\b(?P<scheme>bearer|basic|negotiate)\s{1,8}"
    rf"(?P<value>(?:{MARKER}|[A-Za-z0-9._~+/:=-])+|\${{?[A-Z_]{{1,60}}\}}?)",
    re.IGNORECASE,
)
TOKEN = re.compile(
    r"eyJ[A-Za-z0-9_-]{6,400}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*){0,3}"
    r"|(?<![A-Za-z0-9])(?:eyJ[A-Za-z0-9_-]{13,}|sk-[A-Za-z0-9_-]{12,}"
    r"|(?:gh[oprsu]_|github_pat_)[A-Za-z0-9_]{16,}|glpat-[A-Za-z0-9_-]{12,}"
    r"|xox[a-z]-[A-Za-z0-9-]{8,}|xapp-[A-Za-z0-9-]{8,}|(?:AKIA|ASIA)[A-Z0-9]{12,}"
    r"|AIza[A-Za-z0-9_-]{20,}|ya29\.[A-Za-z0-9_.-]{8,}|npm_[A-Za-z0-9]{20,}"
    r"|pypi-[A-Za-z0-9_-]{16,}|hf_[A-Za-z0-9]{16,}|GOCSPX-[A-Za-z0-9_-]{10,}"
    r"|(?:sk|pk|rk)_(?:live|test)_[A-Za-z0-9]{8,}|whsec_[A-Za-z0-9]{16,}"
    r"|(?:shpat|sbp|dop_v1|lin_api|figd|ntn)_[A-Za-z0-9_-]{16,})"
)
RUN = re.compile(r"[A-Za-z0-9+/_-]{32,}={0,2}")
_NEAR = re.compile(
    r"token|secret|key|passw|session|credential|bearer|auth", re.IGNORECASE
)
HOME = re.compile(
    r"(?P<lead>(?<![A-Za-z0-9._~-])(?<!user>)/(?:home|Users)/"
    r"|\b[A-Za-z]:(?:\\{1,4}|/)Users(?:\\{1,4}|/))"
    r"(?P<user><user>|[^\\/:*?\"'<>|\s]+(?: [^\\/:*?\"'<>|\s]{1,40}(?=\\))?)"
)

# Words that follow "Bearer" in prose and in challenges, where there is no token.
_PROSE_WORDS = """
and as auth authentication authorization challenge credentials error failed field
for format found from header headers in information invalid is middleware missing
must not only or prefix provided realm required scheme schema support supported
token tokens type value was with
"""
_INNER_CAPITAL = re.compile("[a-z][A-Z]")
_PROSE = frozenset(_PROSE_WORDS.split())
CHALLENGE_PARAMETERS = frozenset(
    ("realm", "scope", "error", "error_description", "error_uri", "resource_metadata")
)


def credentials(match: re.Match[str]) -> str:
    """Hide what follows an authentication scheme, unless it is prose."""
    value = match["value"]
    name, equals, _ = value.partition("=")
    parameter = equals and (name.replace("_", "").isalpha() and name.islower())
    prose = parameter or value.lower().rstrip(".:") in _PROSE
    if match["scheme"].lower() == "basic":
        # "Basic" is an ordinary word; base64 of user:password never looks like one.
        bare = value.rstrip(".:")
        prose = prose or (bare.isalpha() and not _INNER_CAPITAL.search(bare))
    return match[0] if prose else replaced(match, "value", hide(value))


def opaque(match: re.Match[str]) -> str:
    """Hide a long random-looking run when the words before it say what it is."""
    run, start = match[0], match.start()
    before = match.string[max(0, start - 48) : start].rpartition("\n")[2]
    a_path = run.count("/") > 2 and max(map(len, run.split("/"))) < 20
    random = HEXADECIMAL.fullmatch(run) or (len(run) >= 40 and mixed(run))
    return HIDDEN if random and not a_path and _NEAR.search(before) else run
