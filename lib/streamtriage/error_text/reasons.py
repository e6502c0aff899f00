"""What follows the colon of a client's text, as exactly as the paste still shows it."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from streamtriage.error_text.normalise import SEAM, Ink
from streamtriage.error_text.reason_phrases import (
    REFUSALS,
    InnerKind,
    classify,
    is_network,
    leading,
)
from streamtriage.on_first_use import compile_later

__all__ = [
    "CUT",
    "INFIX",
    "OPEN",
    "REOPEN",
    "Tail",
    "TailKind",
    "after_colon",
    "phrase",
    "thrown",
]

# A custom reason phrase or a raw error body has no bound of its own.
TEXT_CAP = 300

INFIX = "Streamable HTTP error: "
OPEN = "Failed to open SSE stream"
REOPEN = "Failed to reconnect SSE stream"
CUT = "SSE stream disconnected"

TailKind = InnerKind | Literal["status"]


class Tail(NamedTuple):
    """What follows a colon: no text where there is no colon or the paste ended."""

    text: str | None
    end: int
    kind: TailKind = "other"
    statuses: tuple[int, ...] = ()


_COLONS = (":", "\uff1a")

# A text ends on its line where the next message begins, a JSON field ends, Claude Code
# adds its suffix, markup begins, or a letter comes that no reason phrase can hold.
_NEXT = "|".join(
    re.escape(text).replace(r"\ ", r"\s{1,9}")
    for text in (
        INFIX.strip(),
        "StreamableHTTPError:",
        OPEN,
        REOPEN,
        CUT,
        "Maximum reconnection attempts",
    )
)
_TEXT_END = compile_later(
    rf"[\n{SEAM}]|{_NEXT}|\",\s?\"|\"\s?\}}| \(code: |</|[^\x00-\xff\u2018-\u201d]"
    # A stack that was pasted into one line.
    r"|\sat\s(?:async\s)?(?:[\w$.<>]{1,80}\s\()?[\w./:@$-]{1,200}:\d{1,7}:\d{1,7}",
    re.IGNORECASE,
)
_SENTENCE_END = compile_later(r"[.;,!?](?:\s|$)|\s[-(]")
# What stands before a message where a program, not a person, wrote the line.
_LOG_PREFIX = compile_later(r"(?:^|[:\]>}]|command|\d)[\s\"'`]*$")
_PAIRS = {")": "(", "]": "[", "}": "{", ">": "<"}


def after_colon(ink: Ink, letter: int) -> int | None:
    """Return the letter after a colon, or None where no colon stands."""
    return letter + 1 if ink.letters.startswith(_COLONS, letter) else None


def _known(ink: Ink, letter: int) -> Tail | None:
    found = leading(ink.letters, letter)
    if found is None:
        return None
    inner, after = found
    start, end = ink.place(letter), ink.end(after)
    if not _ends_there(ink.text, ink.end(letter), start, end):
        return None
    printed = ink.text[start:end]
    text = inner.text if "\n" in printed else " ".join(printed.split())
    return Tail(text, end, "status" if inner.statuses else "network", inner.statuses)


def _ends_there(text: str, colon: int, start: int, end: int) -> bool:
    following = text[end : end + 1]
    if following.isascii() and (following.isalnum() or following == "_"):
        return False
    wraps = text.count("\n", colon, start)
    # A phrase on the next line belongs to the message only if it is all of that line.
    return wraps == 0 or (wraps == 1 and following in ("", "\n", '"', "'", "`", SEAM))


def _rest(ink: Ink, letter: int, start: int) -> Tail:
    """Read what no table knows: all of it in a log, up to a full stop in prose."""
    place = ink.end(letter)
    stop = _TEXT_END.search(ink.text, place, place + TEXT_CAP)
    end = stop.start() if stop else min(place + TEXT_CAP, len(ink.text))
    text = " ".join(ink.text[place:end].split())
    if text.endswith("...") or ink.text.startswith("\u2026", end):
        return Tail(None, end)
    text = _unwrapped(text)
    if not _in_log(ink.text, start):
        sentence = _SENTENCE_END.search(text)
        text = text[: sentence.start()] if sentence else text
        text = text if text[:1].isupper() or is_network(text) else ""
    # "<none>" and the like stand for an empty phrase.
    return Tail("" if text.startswith("<") else text, end)


def _in_log(text: str, start: int) -> bool:
    """Say whether a program, not a person, wrote what stands before a place."""
    near = max(0, start - 40)
    line = max(text.rfind("\n", near, start), text.rfind(SEAM, near, start)) + 1
    return _LOG_PREFIX.search(text[max(line, near) : start]) is not None


def _unwrapped(text: str) -> str:
    """Take off the quotes and brackets of whatever the message was wrapped in."""
    while text:
        last = text[-1]
        quoted = last in "\"'`" and text.count(last) % 2
        bracket = last in _PAIRS and text.count(last) > text.count(_PAIRS[last])
        if not (quoted or bracket or last == ","):
            break
        text = text[:-1].rstrip()
    return text


def phrase(ink: Ink, letter: int, start: int) -> Tail:
    """Read the reason phrase that follows the text of a refused GET."""
    colon = after_colon(ink, letter)
    if colon is None:
        return Tail(None, ink.end(letter), "status", REFUSALS)
    tail = _known(ink, colon) or _rest(ink, colon, start)
    if tail.kind != "other":
        return tail
    kind, statuses = classify(tail.text or "")
    if kind in ("other", "network"):
        return tail._replace(kind="status", statuses=REFUSALS)
    return tail._replace(kind=kind, statuses=statuses)


def thrown(ink: Ink, letter: int, start: int) -> Tail:
    """Read the thrown error that follows a text which is not a refused GET's."""
    tail = _known(ink, letter) or _rest(ink, letter, start)
    if tail.kind != "other" or not tail.text:
        return tail
    kind, statuses = classify(tail.text)
    return tail._replace(kind=kind, statuses=statuses)
