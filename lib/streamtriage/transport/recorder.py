"""What arrives on one response, reduced to facts as it arrives."""

from __future__ import annotations

import contextlib
import json
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from streamtriage.model import End, Event, Exchange, Failure, SessionKind
from streamtriage.model.exchange import EXCERPT_LIMIT, RAW_HEAD_LIMIT
from streamtriage.protocol.event_stream import Comment, EventStreamParser, StreamEvent
from streamtriage.protocol.messages import SESSION_HEADER, rpc_reply
from streamtriage.transport.arrival_stats import Arrivals
from streamtriage.transport.raw_head import fields_of, framing_of, status_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from streamtriage.redaction import Raw
    from streamtriage.transport.http_library import httpx

__all__ = ["Recorder"]

# A JSON-RPC reply is read whole up to here; beyond it only counted.
REPLY_BYTES = 256 * 1024
# A timeline that lists every byte of a flood would be a flood itself.
TIMELINE_EVENTS = 200
# A server that sends so many events first does not mean to answer.
FLOOD_EVENTS = 1000
# Twenty thousand header fields fit into one head; each costs time to redact.
HEADER_FIELDS = 100
# Room for the rest of a secret that begins before a text is cut: what is cut off first
# and redacted then would show the beginning of it.
_MARGIN = 4096


class Recorder:
    """Collects the facts of one exchange; `exchange()` freezes them.

    Every moment handed in counts in seconds from the start of the triage.
    """

    def __init__(
        self,
        label: str,
        method: str,
        session: SessionKind,
        started_s: float,
        late_s: Callable[[float, float], float] = lambda _start, _end: 0.0,
    ) -> None:
        self._late_between_s = late_s
        self.label = label
        self.method = method
        self.session: SessionKind = session
        self.opened_for = ""
        self.started_s = started_s
        self.events: list[Event] = []
        self.status: int | None = None
        self.session_id: str | None = None
        self.retry_ms: int | None = None
        self.event_ids = 0
        self.end: End | None = None
        self.failure: Failure | None = None
        self.reply: dict[str, object] | None = None
        self.expects_reply = False
        # In HTTP+SSE a 202 is right: the response comes on the stream.
        self.replied_elsewhere = False
        self.request_id: object = None
        self.request_content_type = ""
        self.connection = ""
        self.reused = False
        self.raw_head: Callable[[], bytes] = bytes
        self.body_bytes = 0
        self.arrivals = Arrivals()
        self.h2_error = ""
        self._detail = ""
        self._headers: list[tuple[str, str]] = []
        self._reason: str | None = None
        self._http = ""
        self._type = ""
        self._sent_at: float | None = None
        self._headers_at: float | None = None
        self._first_at: float | None = None
        self._last_at: float | None = None
        self._ended_at: float | None = None
        self._longest = 0.0
        self._comments: list[float] = []
        self._comment_count = 0
        self._events_seen = 0
        self._body = bytearray()
        self._parser: EventStreamParser | None = None
        self._date_lag: float | None = None
        self._first_id: str | None = None
        self._last_id: str | None = None
        self.note("request", started_s, detail=f"{method} {label}")

    # --- what happens ---------------------------------------------------------------

    def note(
        self, kind: str, at_s: float, *, size: int | None = None, detail: str = ""
    ) -> None:
        """Take one moment; its detail is not yet redacted."""
        if len(self.events) < TIMELINE_EVENTS:
            self._note(kind, at_s, size, detail)

    def sent(self, at_s: float) -> None:
        """Take that the last byte of the request was written.

        A proxy is asked for a tunnel first; what counts is the request itself, unless
        it was answered before it was whole.
        """
        if self.status is None:
            self._sent_at = at_s

    def restart(self, at_s: float) -> None:
        """Take that it is sent once more, for no byte of an answer came before."""
        self.started_s, self._sent_at = at_s, None
        self.connection, self.reused = "", False
        self.note("request", at_s, detail=f"{self.method} {self.label}, once more")

    def head(self, response: httpx.Response, at_s: float, now: float) -> None:
        """Take the status line and the headers; `now` is Unix time, for `Date`."""
        self.status = response.status_code
        self._headers_at = self._last_at = at_s
        self._headers = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in response.headers.raw[:HEADER_FIELDS]
        ]
        fields = len(response.headers.raw)
        self._http = _text(response.extensions.get("http_version"))
        reason = response.extensions.get("reason_phrase")
        self._reason = None if reason is None else _text(reason)
        self._type = self.header("content-type")
        self.session_id = self.header(SESSION_HEADER) or None
        self._date_lag = _date_lag(self.header("date"), now)
        if self.media_type == "text/event-stream":
            self._parser = EventStreamParser()
        self.note("headers", at_s, detail=f"{self.status} {self._reason or ''}".strip())
        if fields > HEADER_FIELDS:
            text = f"{fields} header fields, of which {HEADER_FIELDS} are kept"
            self.note("flood", at_s, detail=text)

    def data(self, piece: bytes, at_s: float) -> None:
        """Take body bytes as they arrived, and what they mean."""
        self.arrived(piece, at_s)
        self.parse(piece, at_s)

    def arrived(self, piece: bytes, at_s: float) -> None:
        """Take body bytes as they arrived; `parse` is still to be called."""
        if self._first_at is None:
            self._first_at = at_s
        silence_s = _gap(self._last_at, at_s) or 0.0
        self._longest = max(self._longest, silence_s)
        # What we ourselves read late was not silent for as long as it looks.
        late_s = self._late_between_s(at_s - silence_s, at_s)
        self.arrivals.piece(len(piece), at_s, max(silence_s - late_s, 0.0))
        self._last_at = at_s
        self.body_bytes += len(piece)
        if len(self._body) < REPLY_BYTES:
            self._body += piece[: REPLY_BYTES - len(self._body)]
        self.note("bytes", at_s, size=len(piece))

    def parse(self, piece: bytes, at_s: float) -> None:
        """Take the events in bytes that have arrived."""
        if self._parser is not None:
            for item in self._parser.feed(piece):
                self._item(item, at_s)

    def finish(
        self,
        end: End | None,
        at_s: float,
        failure: Failure | None = None,
        detail: str = "",
    ) -> None:
        """Take the end; a second call changes nothing."""
        if self._ended_at is not None:
            return
        self._ended_at = at_s
        self.end = end
        self.failure = failure
        self._detail = detail
        if self.reply is None and self._parser is None:
            self.reply = rpc_reply(self._text())
        # An event that was not ended counts for nothing, and may hold megabytes.
        self._parser = None
        kind = end.value if end is not None else (failure.value if failure else "end")
        self._note(kind, at_s, None, detail)

    # --- what is known --------------------------------------------------------------

    @property
    def media_type(self) -> str:
        return self._type.partition(";")[0].strip().lower()

    @property
    def items(self) -> int:
        """Return how many pieces, events and comments came: each of them costs time."""
        return self.arrivals.pieces + self._events_seen + self._comment_count

    @property
    def sent_at_s(self) -> float:
        """When the last byte was written; when it was begun, as long as it was not."""
        return self.started_s if self._sent_at is None else self._sent_at

    @property
    def http_version(self) -> str:
        return self._http

    @property
    def answered_after_s(self) -> float | None:
        """How long after its last byte the head came; None where none came."""
        at_s = self._headers_at
        return None if at_s is None else at_s - self.sent_at_s

    @property
    def headers_at_s(self) -> float | None:
        return self._headers_at

    @property
    def last_event_id(self) -> str | None:
        return self._last_id

    @property
    def first_event_id(self) -> str | None:
        """Return the first id that came, after which a replay must be the longest."""
        return self._first_id

    @property
    def document(self) -> dict[str, Any]:
        """Return the body as a JSON object; empty where it is none."""
        try:
            parsed = json.loads(self._text())
        except (ValueError, RecursionError):
            return {}
        return parsed if isinstance(parsed, dict) else {}

    @property
    def cookies(self) -> dict[str, str]:
        """Return the cookies that were set; their values are secrets."""
        set_here = (v for n, v in self._headers if n.lower() == "set-cookie")
        pairs = (value.partition(";")[0].partition("=") for value in set_here)
        return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}

    @property
    def body(self) -> bytes:
        """Return what was kept of the body, not redacted."""
        return bytes(self._body)

    def header(self, name: str) -> str:
        return next((v for n, v in self._headers if n.lower() == name), "")

    def _replied(self) -> bool | None:
        """Tell whether a POST that was answered 200 or 202 got its JSON-RPC response.

        Unknown where the body is not over, was packed against our wish, or is longer
        than what is kept of it. The caller knows whether it asked for one at all.
        """
        taken = self.status == 200 or (
            self.status == 202 and not self.replied_elsewhere
        )
        if self.method != "POST" or not taken or not self.expects_reply:
            return None
        if self.reply is not None:
            return True
        packed = self.header("content-encoding").lower() not in ("", "identity")
        # Every event of a stream is looked at, so a flood of others is an answer too.
        flooded = self._events_seen > FLOOD_EVENTS
        limited = self.end is End.LIMITED and not flooded
        whole = self._ended_at is not None and not limited
        return None if packed or not whole else False

    def _reply_id_matches(self) -> bool | None:
        """Tell whether the response bears the request's id, as clients compare them.

        The reference client makes a number of it, so "1" is as good as 1.
        """
        if self.reply is None or not self.expects_reply:
            return None
        return str(self.reply.get("id")) == str(self.request_id)

    def exchange(self) -> Raw[Exchange]:
        """Freeze what is known into facts; the wall cuts what is too long."""
        error = self.reply.get("error") if self.reply else None
        code = error.get("code") if isinstance(error, dict) else None
        message = error.get("message") if isinstance(error, dict) else None
        came = self.arrivals
        raw = self.raw_head()
        fields = fields_of(raw, HEADER_FIELDS) if raw else self._headers
        status = self.status if self.status is not None else status_of(raw)
        # What a proxy said to a request for a tunnel is no answer of the server.
        if self.failure is Failure.PROXY_REFUSED or (raw and status is None):
            fields, status = [], None
        return Exchange(
            label=self.label,
            method=self.method,
            session=self.session,
            opened_for=self.opened_for,
            started_s=_round(self.started_s) or 0.0,
            status=self.status,
            reason=None if self._reason is None else _cut(self._reason, 200),
            http_version=self._http,
            content_type=_cut(self._type, 200),
            headers=_by_name(self._headers),
            headers_s=self._since(self._headers_at),
            first_byte_s=self._since(self._first_at),
            ended_s=self._since(self._ended_at),
            late_s=_round(self._late_s()) or 0.0,
            end_late_s=_round(self._end_late_s()) or 0.0,
            lived_s=_round(_gap(self._headers_at, self._ended_at)),
            silent_s=_round(_gap(self._last_at, self._ended_at)),
            longest_silence_s=_round(self._longest) or 0.0,
            body_bytes=self.body_bytes,
            comments=self._comment_count,
            comment_interval_s=self._comment_interval(),
            events=self._events_seen,
            event_ids=self.event_ids,
            retry_ms=self.retry_ms,
            excerpt=_cut(self._text(), EXCERPT_LIMIT),
            replied=self._replied(),
            jsonrpc_code=_code(code),
            jsonrpc_message=_cut(message if isinstance(message, str) else "", 300),
            issued_session=self.session_id is not None,
            date_lag_s=_round(self._date_lag),
            pieces=came.pieces,
            bursts=came.bursts,
            burst_bytes=came.burst_bytes,
            burst_spread_s=_round(came.burst_spread_s),
            stamp_lag_s=_round(came.stamp_lag_s),
            largest_event_bytes=came.largest_event_bytes,
            bad_events=came.bad_events,
            bad_event=_cut(came.bad_event, 80),
            h2_error=self.h2_error,
            end=self.end,
            failure=self.failure,
            failure_detail=_cut(self._detail, 300),
            header_list=tuple(fields),
            framing=""
            if status is None
            else framing_of(
                fields, method=self.method, status=status, http_version=self._http
            ),
            raw_head=""
            if self.status is not None or self.failure is Failure.PROXY_REFUSED
            else _cut(raw.decode("latin-1"), RAW_HEAD_LIMIT),
            sent_s=self._since(self._sent_at),
            connection=self.connection,
            reused=self.reused,
            request_content_type=_cut(self.request_content_type, 200),
            other_events=came.other_events,
            other_event=_cut(came.other_event, 80),
            reply_id_matches=self._reply_id_matches(),
        )

    # --- private --------------------------------------------------------------------

    def _late_s(self) -> float:
        """Return how late we ourselves were while we waited for the head."""
        until = self._headers_at if self._headers_at is not None else self._ended_at
        return 0.0 if until is None else self._late_between_s(self.started_s, until)

    def _end_late_s(self) -> float:
        """Return how late we ourselves were when the end came."""
        if self._ended_at is None:
            return 0.0
        return self._late_between_s(self._ended_at - 1.0, self._ended_at)

    def _note(self, kind: str, at_s: float, size: int | None, detail: str) -> None:
        text = detail[:_MARGIN]
        self.events.append(
            Event(at_s=round(at_s, 4), kind=kind, size=size, detail=text)
        )

    def _item(self, item: Comment | StreamEvent, at_s: float) -> None:
        if isinstance(item, Comment):
            self._comment_count += 1
            self._comments = [*self._comments[-9:], at_s]
            self.arrivals.comment(item.text, time.time())
            self.note("comment", at_s, detail=item.text)
            return
        self.arrivals.event(item)
        self._events_seen += 1
        if item.id is not None:
            self.event_ids += bool(item.id)
            self._first_id = self._first_id or item.id
            # An empty id takes the last one back (WHATWG HTML, 9.2.6).
            self._last_id = item.id or None
        if item.retry_ms is not None:
            self.retry_ms = item.retry_ms
        # Clients pass over every other type of event.
        if self.reply is None and item.data and item.kind == "message":
            self.reply = rpc_reply(item.data)
        self.note("event", at_s, size=len(item.data or ""), detail=item.kind)

    def _text(self) -> str:
        encoding = self.header("content-encoding").lower()
        if encoding not in ("", "identity"):
            # Not decoded: a few compressed bytes can unpack to gigabytes.
            return f"({len(self._body)} bytes in content coding {encoding})"
        return bytes(self._body).decode("utf-8", "replace")

    def _comment_interval(self) -> float | None:
        if len(self._comments) < 2:
            return None
        span = self._comments[-1] - self._comments[0]
        return _round(span / (len(self._comments) - 1))

    def _since(self, at_s: float | None) -> float | None:
        return _round(_gap(self.started_s, at_s))


def _cut(text: str, limit: int) -> str:
    return text[: limit + _MARGIN]


def _by_name(fields: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return header fields with names in lower case; those of one name are joined."""
    joined: dict[str, str] = {}
    for raw, value in fields:
        name = raw.strip().lower()
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _code(value: object) -> int | None:
    """Return an error code that JSON numbers can hold in every language."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if abs(value) < 2**53 else None


def _gap(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else end - start


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value or "")


def _date_lag(date: str, now: float) -> float | None:
    """Return how long ago the sender dated its response, by our clock.

    Not calibrated: a difference between the clocks is in it.
    """
    with contextlib.suppress(TypeError, ValueError, OverflowError):
        return now - parsedate_to_datetime(date).timestamp()
    return None
