"""What lines of a Python HTTP client tell of the event stream: httpx and httpx2.

The Python SDK prints "GET stream disconnected" alike for a stream that was cut and for
one that was never opened; the line of its HTTP client just before tells them apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtriage.error_text.messages import Message
from streamtriage.on_first_use import compile_later

if TYPE_CHECKING:
    import re
    from collections.abc import Iterator

    from streamtriage.error_text.normalise import Ink
    from streamtriage.model import Half

__all__ = ["request_lines"]

_LINE = compile_later(
    r"httprequest:(?P<method>get|post)(?P<url>https?://[^\x00\"]{1,300}?)\""
    r"http/(?:1\.[01]|[23])(?P<status>[1-5]\d\d)"
    r"|(?P<lost>getstreamdisconnected,reconnecting|getstreamerror)"
    r"|(?P<session>receivedsessionid:)"
)
# Requests to a model go through the same library.
_MODEL = compile_later(
    r"/v\d{1,2}(?:beta)?/(?:chat/|messages|responses|completions|models)"
)
_NO_STREAM = 405


@dataclass(slots=True)
class _Stream:
    opened: bool = False
    had_session: bool = False


def request_lines(ink: Ink) -> list[Message]:
    """Return what became of the GETs and of the session, in order of appearance."""
    if "httprequest:" not in ink.letters:
        return []
    found = list(_LINE.finditer(ink.letters))
    spoken = any(each["lost"] or each["session"] for each in found)
    mine = [each for each in found if _is_ours(each, spoken=spoken)]
    return list(_told(ink, mine))


def _is_ours(spot: re.Match[str], *, spoken: bool) -> bool:
    url = spot["url"]
    if url is None:
        return True
    return not _MODEL.search(url) and (spoken or "mcp" in url or "sse" in url)


def _told(ink: Ink, spots: list[re.Match[str]]) -> Iterator[Message]:
    stream = _Stream()
    for spot in spots:
        if spot["session"]:
            stream = _Stream(had_session=True)
        half = _half(spot, stream)
        if half is None:
            continue
        status = int(spot["status"]) if spot["status"] else 0
        yield Message(
            half=half,
            start=ink.place(spot.start()),
            end=ink.end(spot.end()),
            kind="status" if status >= 300 else None,
            statuses=(status,) if status >= 300 else (),
        )


def _half(spot: re.Match[str], stream: _Stream) -> Half | None:
    """Take one line; say what it tells, if it tells of a failure."""
    if spot["lost"]:
        # After a refused GET the words are the same, though no stream was there to end.
        return "cut" if stream.opened else None
    if spot["status"] is None:
        return None
    status = int(spot["status"])
    if spot["method"] == "post":
        # What is refused before there is a session belongs to the choice of an era.
        return "session-lost" if stream.had_session and status in (400, 404) else None
    if status < 300:
        # One that was open and is asked for again has ended, with or without words.
        again, stream.opened = stream.opened, True
        return "cut" if again else None
    if status == _NO_STREAM:
        return None
    return "reopen" if stream.opened else "initial-open"
