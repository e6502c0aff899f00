"""How the bytes of one event stream arrive: one by one, in bursts, late, or broken."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from streamtriage.on_first_use import compile_later

if TYPE_CHECKING:
    from streamtriage.protocol.event_stream import StreamEvent

__all__ = ["Arrivals", "Request"]

# What arrives within this time was sent by the last hop at once.
AT_ONCE_S = 0.05
# Shorter silences are the pace of any network.
SILENCE_S = 0.5
# Two comments may be written together at the opening; three are a queue.
BURST = 3
# A message is parsed up to here, as a reply is; a longer one is only counted.
PARSED_BYTES = 256 * 1024
# A sender that asks without end must not fill our memory.
MOST_REQUESTS = 100
# sse-starlette writes `ping - 2026-11-22 10:00:00.123456+00:00`.
_STAMP = compile_later(r"ping - (\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,6})?)")


@dataclass(frozen=True)
class Request:
    """One message that the server sent by itself; `id` is None for a notification."""

    method: str
    id: str | int | None


@dataclass
class Arrivals:
    """Counts what arrives on one response; moments are seconds on the triage's clock.

    A sender's timestamp that lags tells of a hop that held the comment back, without
    any help from the server: sse-starlette dates each of its keep-alive comments.
    """

    pieces: int = 0
    bursts: int = 0
    burst_bytes: int = 0
    burst_spread_s: float | None = None
    stamp_lag_s: float | None = None
    largest_event_bytes: int = 0
    bad_events: int = 0
    bad_event: str = ""
    other_events: int = 0
    other_event: str = ""
    requests: list[Request] = field(default_factory=list)
    _queue: int = 0
    _queue_at: float = 0.0
    _queue_bytes: int = 0
    _queue_stamps: list[float] = field(default_factory=list)
    _after_silence: bool = False

    def piece(self, size: int, at_s: float, silence_s: float) -> None:
        """Take that bytes arrived, after that long without any."""
        self.pieces += 1
        if silence_s > AT_ONCE_S:
            self._queue = self._queue_bytes = 0
            self._queue_stamps = []
            self._after_silence = silence_s >= SILENCE_S
            self._queue_at = at_s
        self._queue_bytes += size

    def comment(self, text: str, now: float) -> None:
        """Take one comment; `now` is Unix time, for the date that it may bear."""
        self._queue += 1
        stamp = _stamp(text)
        if stamp is not None:
            lag = now - stamp
            self.stamp_lag_s = max(lag, self.stamp_lag_s or lag)
            self._queue_stamps = [*self._queue_stamps[:1], stamp]
        if self._queue < BURST or not self._after_silence:
            return
        if self._queue == BURST:
            self.bursts += 1
        self.burst_bytes = max(self.burst_bytes, self._queue_bytes)
        if len(self._queue_stamps) == 2:
            spread = abs(self._queue_stamps[1] - self._queue_stamps[0])
            self.burst_spread_s = max(spread, self.burst_spread_s or 0.0)

    def event(self, event: StreamEvent) -> None:
        """Take one event; only messages have to be JSON-RPC."""
        data = event.data or ""
        self.largest_event_bytes = max(self.largest_event_bytes, event.size)
        if event.kind != "message" and data:
            self.other_events += 1
            self.other_event = self.other_event or event.kind[:400]
        if event.kind != "message" or not data or event.size > PARSED_BYTES:
            return
        messages = _messages(data)
        if messages is None:
            self.bad_events += 1
            self.bad_event = self.bad_event or data[:400]
            return
        for message in messages:
            method, number = message.get("method"), message.get("id")
            if isinstance(method, str) and len(self.requests) < MOST_REQUESTS:
                known = number if isinstance(number, str | int) else None
                self.requests.append(Request(method[:64], known))


def _messages(data: str) -> list[dict[str, object]] | None:
    """Return the JSON-RPC messages in one event, or None if it is not made of them."""
    try:
        parsed = json.loads(data)
    except (ValueError, RecursionError):
        return None
    found = parsed if isinstance(parsed, list) and parsed else [parsed]
    good = all(isinstance(m, dict) and m.get("jsonrpc") == "2.0" for m in found)
    return found if good else None


def _stamp(text: str) -> float | None:
    match = _STAMP.search(text)
    if match is None:
        return None
    with contextlib.suppress(ValueError, OverflowError):
        return datetime.fromisoformat(match[1]).replace(tzinfo=UTC).timestamp()
    return None
