"""Exchanges as rows of a table, and what is worth reading of a refusal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pydantic import BaseModel

from streamtriage.languages.request_names import request_name
from streamtriage.model import Exchange
from streamtriage.model.message import tell
from streamtriage.phrases import ENDS, NOTHING, answer, count, duration, size

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["EXCHANGE_COLUMNS", "body", "exchange_cells", "exchanges"]

EXCHANGE_COLUMNS = (
    "Request",
    "Answer",
    "Content type",
    "Head after",
    "First byte after",
    "Open for",
    "Received",
    "How it ended",
)


def exchanges(seen: BaseModel) -> tuple[Exchange, ...]:
    """Return every exchange inside one probe's evidence, in the order of the story."""
    once: list[Exchange] = []
    for exchange in _inside(seen):
        # A watched stream is also the first exchange of its own reopening.
        if exchange not in once:
            once.append(exchange)
    return tuple(once)


def _inside(value: object) -> Iterator[Exchange]:
    if isinstance(value, Exchange):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _inside(getattr(value, name))
    elif isinstance(value, tuple):
        for item in value:
            yield from _inside(item)


def exchange_cells(seen: Exchange) -> tuple[str, ...]:
    """Return one exchange as the cells below `EXCHANGE_COLUMNS`."""
    return (
        request_name(seen.label)
        or tell(
            "report.facts.exchange-cells", method=seen.method, session=seen.session
        ),
        answer(seen),
        seen.content_type or NOTHING,
        duration(seen.headers_s),
        duration(seen.first_byte_s),
        duration(seen.lived_s),
        _received(seen),
        _ending(seen),
    )


def _received(seen: Exchange) -> str:
    if not seen.answered:
        return NOTHING
    parts = [size(seen.body_bytes)]
    if seen.events:
        parts.append(count(seen.events, "event"))
    if seen.comments:
        every = seen.comment_interval_s
        pace = (
            tell("report.facts.received.pace", duration=duration(every))
            if every is not None
            else ""
        )
        parts.append(count(seen.comments, "comment") + pace)
    return ", ".join(parts)


def _ending(seen: Exchange) -> str:
    words = ENDS[seen.end] if seen.end else NOTHING
    silent_s = seen.silent_s or 0.0
    # Less is the pace of any answer and would only distract.
    silent = seen.is_event_stream and silent_s >= 0.1
    return (
        tell("report.facts.ending", words=words, duration=duration(silent_s))
        if silent
        else words
    )


def body(seen: Exchange) -> str:
    """Return what is worth reading of a refusal's body; of a page, its title alone."""
    page = "html" in seen.media_type or re.match(
        r"\s*<(!doctype|html)", seen.excerpt, re.IGNORECASE
    )
    if not page:
        return seen.excerpt.strip()
    title = re.search(r"<title[^<>]{0,80}>([^<]{1,200})", seen.excerpt, re.IGNORECASE)
    named = (
        tell("report.facts.body.named", join=" ".join(title[1].split()))
        if title
        else "without a title"
    )
    return tell("report.facts.body", named=named, size=size(seen.body_bytes))
