# ruff: noqa: D103, INP001, T201 - a script that prints, run by hand
"""Parse the same event stream as httpx-sse does, and compare.

Run: python benchmarks/stream_parsing.py [--megabytes 8]
"""

from __future__ import annotations

import argparse
import sys
import time
from typing import TYPE_CHECKING

import httpx
from httpx_sse import EventSource

from streamtriage.protocol.event_stream import EventStreamParser, StreamEvent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MEGABYTE = 1024 * 1024
ROUNDS = 5
PIECE = 16 * 1024
BLOCK = (
    b"event: message\r\nid: 7f3a-%d\r\n"
    b'data: {"jsonrpc":"2.0","method":"notifications/progress","params":{"n":%d}}'
    b"\r\n\r\n: keep-alive\r\n\r\n"
)


def stream(megabytes: int) -> bytes:
    size, number, blocks = 0, 0, list[bytes]()
    while size < megabytes * MEGABYTE:
        blocks.append(BLOCK % (number, number))
        size += len(blocks[-1])
        number += 1
    return b"".join(blocks)


def pieces(data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), PIECE):
        yield data[start : start + PIECE]


def ours(data: bytes) -> int:
    parser = EventStreamParser()
    return sum(
        isinstance(item, StreamEvent) and item.data is not None
        for piece in pieces(data)
        for item in parser.feed(piece)
    )


def theirs(data: bytes) -> int:
    """Let httpx-sse read the same pieces from a response that nobody has sent.

    It also reports an empty event after a comment, once an id has been seen.
    """
    response = httpx.Response(
        200, headers={"content-type": "text/event-stream"}, content=pieces(data)
    )
    return sum(each.data != "" for each in EventSource(response).iter_sse())


def taken_s(parse: Callable[[bytes], int], data: bytes) -> float:
    began = time.perf_counter()
    parse(data)
    return time.perf_counter() - began


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--megabytes", type=int, default=8)
    data = stream(options.parse_args().megabytes)
    events = ours(data)
    assert events == theirs(data), "the two parsers found different numbers of events"
    # In turns, so that whatever else the machine does falls on both.
    rounds = [(taken_s(ours, data), taken_s(theirs, data)) for _ in range(ROUNDS)]
    ours_s, theirs_s = (min(column) for column in zip(*rounds, strict=True))
    print(f"{events} events in {len(data) / MEGABYTE:.0f} MB, found by both")
    print(
        f"ours {ours_s:.2f} s, httpx-sse {theirs_s:.2f} s: we take "
        f"{ours_s / theirs_s:.2f} times as long"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
