"""The event-stream parser, from the examples of WHATWG HTML 9.2.6 to floods."""

from __future__ import annotations

import gc
import time
import tracemalloc
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from httpx_sse._decoders import SSEDecoder, SSELineDecoder
from hypothesis import example, given
from hypothesis import strategies as st

from streamtriage.protocol.event_stream import (
    BLOCK_LIMIT,
    LINE_LIMIT,
    RETRY_LIMIT_MS,
    Comment,
    EventStreamParser,
    StreamEvent,
)

if TYPE_CHECKING:
    from httpx_sse import ServerSentEvent

Items = list[Comment | StreamEvent]


def parse(*pieces: bytes) -> Items:
    parser = EventStreamParser()
    return [item for piece in pieces for item in parser.feed(piece)]


@pytest.mark.parametrize(
    ("stream", "items"),
    [
        pytest.param(
            b"data: YHOO\ndata: +2\ndata: 10\n\n",
            [StreamEvent(data="YHOO\n+2\n10")],
            id="the stock ticker",
        ),
        pytest.param(
            b": test stream\n\ndata: first event\nid: 1\n\n"
            b"data:second event\nid\n\ndata:  third event\n\n",
            [
                Comment("test stream"),
                StreamEvent(data="first event", id="1"),
                StreamEvent(data="second event", id=""),
                StreamEvent(data=" third event"),
            ],
            id="four blocks, an id reset, one space removed",
        ),
        pytest.param(
            b"data\n\ndata\ndata\n\ndata:",
            [StreamEvent(data=""), StreamEvent(data="\n")],
            id="data without a colon, and a block that never ends",
        ),
        pytest.param(
            b"data:test\n\ndata: test\n\n",
            [StreamEvent(data="test"), StreamEvent(data="test")],
            id="with and without a space",
        ),
        pytest.param(
            b"event: add\ndata: 73857293\n\n",
            [StreamEvent(kind="add", data="73857293")],
            id="a named event",
        ),
        pytest.param(
            b"event:\ndata: x\n\n", [StreamEvent(data="x")], id="an empty name"
        ),
        pytest.param(b":\n:\n", [Comment(""), Comment("")], id="keep-alive comments"),
        pytest.param(b"id: 7\n\n", [StreamEvent(id="7")], id="an id alone"),
        pytest.param(
            b"retry: 1500\n\n", [StreamEvent(retry_ms=1500)], id="a retry alone"
        ),
        pytest.param(
            b"id: a\0b\ndata: x\n\n", [StreamEvent(data="x")], id="an id with NUL"
        ),
        pytest.param(
            b"unknown: x\nData: y\n data: z\n\n", [], id="unknown field names"
        ),
        pytest.param(b"\n\n\n", [], id="blank lines alone"),
        pytest.param(
            b"data: a:b: c\n\n", [StreamEvent(data="a:b: c")], id="later colons"
        ),
        pytest.param(
            b"data: \xff\xc3\n\n",
            [StreamEvent(data="\ufffd\ufffd")],
            id="bytes that are not UTF-8",
        ),
    ],
)
def test_standard_examples(stream: bytes, items: Items) -> None:
    assert parse(stream) == items


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"], ids=["LF", "CR", "CRLF"])
def test_any_line_end_ends_a_line(end: bytes) -> None:
    assert parse(b"data: a" + end + b"data: b" + end + end) == [
        StreamEvent(data="a\nb")
    ]


def test_crlf_split_across_feeds_is_one_line_end() -> None:
    """A blank line must not appear between a CR and the LF that arrives later."""
    assert parse(b"data: a\r", b"\ndata: b\r", b"", b"\n\r", b"\n") == [
        StreamEvent(data="a\nb")
    ]


def test_one_leading_byte_order_mark_is_ignored() -> None:
    mark = b"\xef\xbb\xbf"

    assert parse(mark + b"data: a\n\n") == [StreamEvent(data="a")]
    assert parse(mark[:1], mark[1:] + b"data: a\n\n") == [StreamEvent(data="a")]
    assert parse(mark + mark + b"data: a\n\n") == []
    assert parse(b"data: a\n\n", mark + b"data: b\n\n") == [StreamEvent(data="a")]


@pytest.mark.parametrize(
    ("value", "retry_ms"),
    [
        ("0", 0),
        ("0003000", 3000),
        ("00000000000000000000000005", 5),
        ("999999999", 999999999),
        ("9" * 5000, RETRY_LIMIT_MS),
        ("-1", None),
        ("1.5", None),
        ("1e3", None),
        ("", None),
        ("soon", None),
        ("\u0663\u0663", None),
        ("\u00b2", None),
    ],
)
def test_retry_takes_only_ascii_digits(value: str, retry_ms: int | None) -> None:
    expected = [] if retry_ms is None else [StreamEvent(retry_ms=retry_ms)]

    assert parse(f"retry: {value}\n\n".encode()) == expected


SAMPLE = (
    b"\xef\xbb\xbf: hi\r\n\r\nid: 1\r\nretry: 20\r\n\r\nevent: \xc3\xa9\rdata: x\r"
    b"data: \xe2\x82\xac\n\ndata\r\r\n\ndata: last\n\n"
)


@pytest.mark.parametrize("position", range(len(SAMPLE) + 1))
def test_every_split_gives_the_same_items(position: int) -> None:
    assert parse(SAMPLE[:position], SAMPLE[position:]) == parse(SAMPLE)


_LINES = st.sampled_from(
    [b"data: x", b"data", b"id: 4", b"id", b"event: e", b"retry: 9", b": c", b"", b"?"]
)
_ENDS = st.sampled_from([b"\n", b"\r", b"\r\n"])
STREAMS = st.lists(st.tuples(_LINES | st.binary(max_size=12), _ENDS)).map(
    lambda parts: b"".join(line + end for line, end in parts)
)


@given(st.binary(max_size=300) | STREAMS, st.data())
def test_any_bytes_in_any_pieces_give_the_same(
    stream: bytes, data: st.DataObject
) -> None:
    """Nothing crashes the parser, and the network's cuts change nothing."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    edges = [0, *cuts, len(stream)]
    pieces = [stream[a:b] for a, b in pairwise(edges)]

    assert parse(*pieces) == parse(stream)


_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp")), max_size=20)
_FIELDS = st.sampled_from(["data", "event", "id", "retry", "x", ""])
_FIELD_LINES = st.tuples(_FIELDS, st.sampled_from([":", ": "]), _TEXT).map("".join)


_RETRIES = st.integers(0, 9999).map("retry: {}".format)
_TEXT_ENDS = st.sampled_from(["\n", "\r", "\r\n"])


@given(
    st.lists(st.tuples(_FIELD_LINES | st.just("") | _RETRIES, _TEXT_ENDS).map("".join))
)
@example(["data: a\n", "id: 1\r", "event: e\n", "retry: 5\r\n", "\r", "data: b\n"])
def test_events_equal_those_of_httpx_sse(lines: list[str]) -> None:
    """Where both define an event, they agree; an id is remembered there, not here."""
    # The two blank lines end the last block even after a lone CR.
    text = "".join([*lines, "\n", "\n"])
    splitter, decoder = SSELineDecoder(), SSEDecoder()
    decoded = (decoder.decode(line) for line in _lines(splitter, text))
    theirs: list[ServerSentEvent] = [event for event in decoded if event is not None]
    items = parse(text.encode())
    ours = [each for each in items if isinstance(each, StreamEvent)]

    # httpx-sse reports a block with a field that it remembers; ours with its own.
    dispatched = [(e.kind, e.data) for e in ours if e.data]
    assert dispatched == [(e.event or "message", e.data) for e in theirs if e.data]
    # It does not report a block that only empties the id: nothing to compare.
    ids = [e.id for e in ours if e.id is not None]
    if ids and ids[-1]:
        assert ids[-1] == theirs[-1].id


def _lines(splitter: SSELineDecoder, text: str) -> list[str]:
    return [*splitter.decode(text), *splitter.flush()]


def test_oversize_line_is_cut_and_counted() -> None:
    parser = EventStreamParser()
    items = parser.feed(b"data: " + b"x" * (LINE_LIMIT + 5) + b"\n\ndata: y\n\n")

    assert parser.oversize_lines == 1
    assert items[1:] == [StreamEvent(data="y")]
    assert isinstance(items[0], StreamEvent)
    assert len(items[0].data or "") == LINE_LIMIT - len("data: ")


@pytest.mark.parametrize(
    "piece",
    [
        pytest.param(b"x" * 65536, id="a line without end"),
        pytest.param(b"data: " + b"x" * 65529 + b"\n", id="a block without end"),
        pytest.param(b"id: " + b"x" * 65531 + b"\n", id="ids without end"),
    ],
)
def test_endless_stream_takes_bounded_memory(piece: bytes) -> None:
    parser = EventStreamParser()
    tracemalloc.start()
    try:
        for _ in range(512):  # 32 MiB
            parser.feed(piece)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert peak < 3 * BLOCK_LIMIT


@pytest.mark.parametrize("piece", [b"\r", b"\n", b"\r\n", b":\r"])
def test_flood_of_line_ends_costs_linear_time(piece: bytes) -> None:
    """Twice the line ends in one piece take about twice the time, not four times."""
    small = min(_seconds(piece * 20_000) for _ in range(3))

    assert _seconds(piece * 160_000) < 8 * small * 4


def _seconds(stream: bytes) -> float:
    """Return what it takes; walks of the collector are not the parser's."""
    gc.collect()
    gc.disable()
    try:
        started = time.process_time()
        EventStreamParser().feed(stream)
        return time.process_time() - started
    finally:
        gc.enable()
