"""Bursts, dates, sizes and unreadable messages are counted as they arrive."""

from __future__ import annotations

import pytest

from streamtriage.protocol.event_stream import EventStreamParser, StreamEvent
from streamtriage.transport.arrival_stats import Arrivals, Request

NOON = 1_795_348_800.0  # 2026-11-22 12:00:00 UTC


def ping(second: float) -> str:
    return f"ping - 2026-11-22 12:00:{second:09.6f}+00:00"


def arrive(*moments: float, silence_s: float = 2.0) -> Arrivals:
    """Let comments dated at these seconds arrive together, after a silence."""
    found = Arrivals()
    found.piece(40 * len(moments), 9.0, silence_s)
    for second in moments:
        found.comment(ping(second), NOON + max(moments))
    return found


def test_comments_at_once_are_a_burst() -> None:
    found = arrive(0.0, 1.0, 2.5)

    assert (found.bursts, found.burst_bytes) == (1, 120)
    assert found.burst_spread_s == 2.5
    assert found.stamp_lag_s == 2.5


@pytest.mark.parametrize(
    "found",
    [arrive(0.0, 1.0), arrive(0.0, 1.0, 2.0, silence_s=0.4)],
    ids=["two comments", "no silence before"],
)
def test_near_miss_is_no_burst(found: Arrivals) -> None:
    assert found.bursts == 0
    assert found.burst_spread_s is None


def test_comments_one_by_one_are_no_burst() -> None:
    found = Arrivals()
    for second in range(5):
        found.piece(40, float(second), 1.0)
        found.comment(ping(second), NOON + second)

    assert (found.bursts, found.stamp_lag_s) == (0, 0.0)


@pytest.mark.parametrize(
    ("data", "bad"),
    [
        ('{"jsonrpc":"2.0","method":"ping","id":1}', 0),
        ('[{"jsonrpc":"2.0","id":1,"result":{}}]', 0),
        ("undefined", 1),
        ('{"method":"ping"}', 1),
        ("[]", 1),
        ("", 0),
    ],
)
def test_only_json_rpc_is_readable(data: str, bad: int) -> None:
    found = Arrivals()
    found.event(StreamEvent(data=data, size=len(data)))

    assert found.bad_events == bad


def test_other_kinds_of_event_may_hold_anything() -> None:
    found = Arrivals()
    found.event(StreamEvent(kind="endpoint", data="/messages?id=1", size=14))

    assert found.bad_events == 0


def test_requests_are_remembered_within_bounds() -> None:
    found = Arrivals()
    for number in range(1000):
        text = f'{{"jsonrpc":"2.0","method":"roots/list","id":{number}}}'
        found.event(StreamEvent(data=text, size=len(text)))

    assert found.requests[0] == Request("roots/list", 0)
    assert len(found.requests) == 100


def test_size_counts_what_is_not_kept() -> None:
    """A message larger than our memory for it is still measured whole."""
    parser = EventStreamParser()
    blob = b"x" * 3_000_000
    items = [*parser.feed(b"data: " + blob), *parser.feed(b"\ndata: tail\n\n")]

    assert isinstance(items[0], StreamEvent)
    assert 3_000_000 <= items[0].size <= 3_000_020
    assert len(items[0].data or "") < 2_000_000
