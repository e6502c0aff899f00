"""The names of requests in the language spoken: what was asked, and in which session.

A probe names its requests in English, and a report keeps these names. Each is made of a
few parts with commas between them, and of the session's own name in brackets; what is
no part that stands here (a method, a host) stays as it is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from streamtriage.languages import speaking, spoken, translate

if TYPE_CHECKING:
    from streamtriage.languages import Language

__all__ = ["PARTS", "SESSIONS", "request_name"]

# With N for each number.
PARTS = (
    "GET N s after the first one vanished",
    "GET again at +N s",
    "GET authorization server metadata",
    "GET beside the open one",
    "GET of HTTP+SSE",
    "GET once more",
    "GET protected resource metadata",
    "GET to be ended by us",
    "GET with Last-Event-ID",
    "POST initialize again",
    "POST tools/list again",
    "User-Agent of Node's fetch",
    "User-Agent of a browser",
    "as a browser before a POST",
    "at the end of the run",
    "codings accepted",
    "control stream on this machine",
    "ended session",
    "held while POSTs are sent",
    "live session",
    "made noisy",
    "made-up session",
    "malformed session",
    "no session",
    "once more",
    "stream closed",
    "stream held",
    "to stay open",
    "watched in silence",
    "with the page's Origin",
    "without Origin",
    "without its last slash",
)
SESSIONS = (
    "(anew)",
    "(challenge)",
    "(close)",
    "(codings)",
    "(concurrent)",
    "(follow-up)",
    "(hold N)",
    "(http-sse N)",
    "(kept busy)",
    "(last look)",
    "(left alone)",
    "(main)",
    "(noisy)",
    "(path)",
    "(replicas)",
    "(root)",
    "(second)",
    "(second session)",
    "(vanish)",
)
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")
_PLACE = re.compile(r"\bN\b")
_IN_SESSION = re.compile(r"(?P<asked>.*?)(?: \((?P<session>[^()]*)\))?")


def request_name(label: str, language: Language | None = None) -> str:
    """Return a request's name as a person reads it, in a language or the one spoken."""
    language = language or spoken()
    if language == "en":
        return label
    with speaking(language):
        return _named(label)


def _named(label: str) -> str:
    named = _IN_SESSION.fullmatch(label)
    if named is None:
        return label
    comma = translate(", ")
    asked = comma.join(map(_part, named["asked"].split(", ")))
    if not named["session"]:
        return asked
    session = comma.join(map(_session, named["session"].split(", ")))
    return translate("{asked} ({session})", asked=asked, session=session)


def _part(text: str) -> str:
    pattern = _NUMBER.sub("N", text)
    said = translate(pattern)
    # What is in no catalogue is a name of somebody else's, with its own numbers.
    return text if said == pattern else _numbered(said, _NUMBER.findall(text))


def _session(text: str) -> str:
    # In brackets, as in the catalogue: a single word may also be somebody's name.
    return _part(f"({text})")[1:-1]


def _numbered(said: str, numbers: list[str]) -> str:
    """Put numbers in their places, in order."""
    left = iter(numbers)
    return _PLACE.sub(lambda _: next(left), said)
