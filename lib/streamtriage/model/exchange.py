"""One exchange with a server, and what followed the end of its stream."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import Field

from streamtriage.model.crossing import Crossing
from streamtriage.model.vocabulary import (
    LONGEST_TIMER_MS,
    End,
    Failure,
    Noun,
    SessionKind,
)

__all__ = [
    "EXCERPT_LIMIT",
    "RAW_HEAD_LIMIT",
    "Attempt",
    "Event",
    "Exchange",
    "Framing",
    "Reopening",
    "Watch",
]

# How the raw head delimits the body (RFC 9112, 6.3); `both` has a length and chunks,
# `close` neither, `none` can have no body. Empty where no head came.
Framing = Literal["", "length", "chunked", "both", "close", "none", "h2"]


# Nobody takes so long, and so many times as long, for no reason.
_SLOW_S, _SLOW_TIMES = 1.0, 3.0
EXCERPT_LIMIT, RAW_HEAD_LIMIT = 2048, 512


class Event(Noun):
    """One moment on a timeline: `at_s` seconds since the triage began.

    `request` is the label of the exchange that it belongs to, if it belongs to one.
    """

    at_s: float
    kind: str
    size: int | None = None
    detail: Annotated[str, Crossing(200)] = ""
    request: str = ""


class Exchange(Noun):
    """One timed HTTP exchange, reduced to redacted facts.

    All `_s` values are seconds; `started_s` counts from the start of the triage, the
    others from `started_s`. `reason` is None where the protocol has no reason phrase
    (HTTP/2). `late_s` is by how much this program itself was late while it waited for
    the head, `end_late_s` in the last second before the end. `silent_s` is the silence
    that preceded the end of the body, `longest_silence_s` the longest one that the
    stream survived.

    `pieces` counts the arrivals of body bytes. A burst is three or more comments that
    arrive at once after a silence; `burst_spread_s` is how far apart the sender's own
    timestamps in one burst are, and `stamp_lag_s` how old the oldest timestamp was on
    arrival, by our clock, with the difference of the clocks in it. `bad_events` are
    messages that are not JSON-RPC, `bad_event` is the beginning of the first one.
    `replied` is whether a request that was answered 200 got a JSON-RPC response; None
    where that is not known, or none was due. `h2_error` is the error code of an HTTP/2
    RST_STREAM or GOAWAY.

    `header_list` are the header fields as they came, in order, with their spelling and
    repeats (HTTP/2 has lower case only); it is filled, as `framing` is, from a head
    that HTTP libraries refuse, too, and `raw_head` is then how that head begins.
    `sent_s` is when the last byte of the request was written: ages and silences count
    from there, without connecting and TLS. `connection` is a label of the connection
    that carried it, `reused` whether that had carried another before.
    `other_events` are events of another type than `message`, which clients pass over,
    `other_event` is the type of the first. `reply_id_matches` is whether the JSON-RPC
    response bears the id of the request; None where none came.
    `opened_for` says for what its session was opened: sessions of one triage differ by
    it. It is empty outside of one.
    """

    label: str
    method: str
    session: SessionKind = "none"
    opened_for: str = ""
    started_s: float = 0.0
    status: int | None = None
    reason: Annotated[str | None, Crossing(200)] = None
    http_version: str = ""
    content_type: Annotated[str, Crossing(200)] = ""
    headers: dict[str, str] = Field(default_factory=dict)
    headers_s: float | None = None
    late_s: float = 0.0
    end_late_s: float = 0.0
    first_byte_s: float | None = None
    ended_s: float | None = None
    lived_s: float | None = None
    silent_s: float | None = None
    longest_silence_s: float = 0.0
    body_bytes: int = 0
    comments: int = 0
    comment_interval_s: float | None = None
    events: int = 0
    event_ids: int = 0
    retry_ms: int | None = None
    excerpt: Annotated[str, Crossing(EXCERPT_LIMIT)] = ""
    jsonrpc_code: int | None = None
    jsonrpc_message: Annotated[str, Crossing(300)] = ""
    replied: bool | None = None
    issued_session: bool = False
    date_lag_s: float | None = None
    pieces: int = 0
    bursts: int = 0
    burst_bytes: int = 0
    burst_spread_s: float | None = None
    stamp_lag_s: float | None = None
    largest_event_bytes: int = 0
    bad_events: int = 0
    bad_event: Annotated[str, Crossing(80)] = ""
    h2_error: str = ""
    end: End | None = None
    failure: Failure | None = None
    failure_detail: Annotated[str, Crossing(300)] = ""
    header_list: tuple[tuple[str, str], ...] = ()
    framing: Framing = ""
    raw_head: Annotated[str, Crossing(RAW_HEAD_LIMIT)] = ""
    sent_s: float | None = None
    connection: str = ""
    reused: bool = False
    request_content_type: Annotated[str, Crossing(200)] = ""
    other_events: int = 0
    other_event: Annotated[str, Crossing(80)] = ""
    reply_id_matches: bool | None = None

    @property
    def sent_at_s(self) -> float:
        """Seconds from the start of the triage to the last byte of the request.

        Reports from before `sent_s` count from where the request was begun.
        """
        return self.started_s + (self.sent_s or 0.0)

    @property
    def headers_at_s(self) -> float | None:
        """Seconds from the start of the triage to the response head."""
        return None if self.headers_s is None else self.started_s + self.headers_s

    @property
    def ended_at_s(self) -> float | None:
        """Seconds from the start of the triage to the end; None while it is open."""
        return None if self.ended_s is None else self.started_s + self.ended_s

    @property
    def head_wait_s(self) -> float | None:
        """Seconds from the last byte of the request to the response head."""
        return self._since_sent(self.headers_s)

    @property
    def age_s(self) -> float | None:
        """Seconds from the last byte of the request to the end."""
        return self._since_sent(self.ended_s)

    def waited_longer_than(self, other: Exchange) -> bool:
        """Tell whether it waited for its head a second longer, and three times as long.

        Both had to work; what this program itself was late by is taken off.
        """
        wait_s, usual_s = self.head_wait_s, other.head_wait_s
        if wait_s is None or usual_s is None or not (self.worked and other.worked):
            return False
        return wait_s - self.late_s >= max(usual_s + _SLOW_S, _SLOW_TIMES * usual_s)

    @property
    def last_silence_s(self) -> float | None:
        """Seconds without a byte before the end; all of `age_s` where no head came."""
        return self.silent_s if self.headers_s is not None else self.age_s

    @property
    def survived_silence_s(self) -> float:
        """The longest time without a byte after which one still came."""
        return max(self.head_wait_s or 0.0, self.longest_silence_s)

    def _since_sent(self, at_s: float | None) -> float | None:
        if at_s is None:
            return None
        return round(max(at_s - (self.sent_s or 0.0), 0.0), 4)

    @property
    def primed(self) -> bool:
        """True if the beginning of the stream holds an event with an id and no data.

        Revision 2025-11-25 has a server send one, so that its client can resume.
        """
        if not self.is_event_stream or not self.event_ids:
            return False
        blocks = re.split(r"\n\n", self.excerpt.replace("\r\n", "\n"))
        return any(
            re.search(r"^id:? ?\S", block, re.MULTILINE)
            and not re.search(r"^data: ?\S", block, re.MULTILINE)
            for block in blocks
        )

    @property
    def media_type(self) -> str:
        return self.content_type.partition(";")[0].strip().lower()

    @property
    def is_event_stream(self) -> bool:
        return self.status == 200 and self.media_type == "text/event-stream"

    @property
    def answered(self) -> bool:
        return self.status is not None

    @property
    def accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def worked(self) -> bool:
        """True where it was accepted, and not with a 200 that holds no response."""
        return self.accepted and self.replied is not False

    @property
    def retry_overflows(self) -> bool:
        """True where `retry` is more than a timer holds, which then fires at once."""
        return self.retry_ms is not None and self.retry_ms > LONGEST_TIMER_MS

    @property
    def polls(self) -> bool:
        """True where a client was told how to come back, as revision 2025-11-25 has it.

        By an event id, or by a `retry` that is not taken for 1 ms.
        """
        told = self.event_ids > 0 or self.retry_ms is not None
        return told and not self.retry_overflows

    @property
    def ended_to_be_polled(self) -> bool:
        """True where the server had told how to come back, and then ended it politely.

        A stream with ids that is reset, or breaks off, is no polling.
        """
        return self.polls and self.end is not None and self.end.clean


class Attempt(Noun):
    """One try to open the stream again, `after_s` seconds after it ended.

    `http1` is the same try over HTTP/1.1, where `get` was refused over HTTP/2, which
    has no reason phrase.
    """

    after_s: float
    get: Exchange
    http1: Exchange | None = None


class Reopening(Noun):
    """What followed one end of a stream: the tries, and whether the session lived.

    `posts` are repeated on fresh connections when the session was refused, because one
    refusal cannot tell a lost session from one replica of several.
    `fresh` is an `initialize` sent after a refusal.
    """

    ended_by: Literal["client-fin", "client-rst", "server"]
    first: Exchange
    attempts: tuple[Attempt, ...] = ()
    posts: tuple[Exchange, ...] = ()
    fresh: Exchange | None = None

    @property
    def recovered(self) -> bool:
        return bool(self.attempts) and self.attempts[-1].get.is_event_stream

    @property
    def refused(self) -> tuple[Attempt, ...]:
        return tuple(a for a in self.attempts if not a.get.accepted)


class Watch(Noun):
    """One silent watch of a GET stream, and what followed if it ended by itself."""

    stream: Exchange
    reopening: Reopening | None = None
