"""What a stranger's text costs grows with its length, and not with its square.

Of each shape 5, 10, 20 and 40 kB are read. Seconds say nothing on a busy machine, so
the instructions of the scanners are not timed one by one: the least of several runs at
40 kB is compared with that at 5 kB. What grows with the square takes 64 times as long;
what grows with the length, 8 times.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from streamtriage.probes.auth import challenge_of
from streamtriage.protocol.event_stream import EventStreamParser
from streamtriage.redaction import Redactor, last_look, visible
from streamtriage.workstation.config.json_slices import (
    ShapeError,
    load,
    parts,
    without_comments,
)
from streamtriage.workstation.logs.lines import read_line

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.real(part="breaking")

SIZES = (5_000, 10_000, 20_000, 40_000)
# Between 8 (the length) and 64 (its square), with room for a machine that is busy.
MOST_GROWTH = 30.0
SHAPES = {
    "unclosed strings": '"\\',
    "quotes": '"',
    "unclosed comments": "/* ",
    "line comments": "//",
    "commas": ", ",
    "brackets": "[",
    "objects": '{"a":',
    "escapes": "\\",
    "blanks": " ",
    "line ends": "\n",
    "blank lines": " \n",
    "letters": "a",
    "digits": "1",
    "colons": "a:",
    "pairs": "a=b,",
    "addresses": "http://",
    "dots": "a.",
    "at signs": "a@",
    "slashes": "/a",
    "percents": "%2",
    "schemes": "Bearer ",
    "dashes": "-----BEGIN PRIVATE KEY-----",
    "tokens": "eyJ",
    "entities": "&#x",
}


def json_file(text: str) -> None:
    plain = without_comments(f'{{"servers": {{}}}} {text}')
    for each in (plain, f'{{"a": {text}', f'{{"a": "{text}'):
        try:
            parts(each, {"servers"})
            load(each)
        except ShapeError:
            pass


def stream(text: str) -> None:
    parser = EventStreamParser()
    data = text.encode()
    for start in range(0, len(data), 1000):
        parser.feed(data[start : start + 1000])


def log(text: str) -> None:
    for prefix in ("", '{"debug":"', "2026-11-02T10:00:00.000Z [DEBUG] "):
        read_line(f"{prefix}{text}".encode(), "notes")


READERS: dict[str, Callable[[str], object]] = {
    "a client's configuration": json_file,
    "an event stream": stream,
    "a line of a log": log,
    "a challenge": challenge_of,
    "redaction": lambda text: Redactor(["canary-4711"]).text(text),
    "a header": lambda text: Redactor().value("www-authenticate", text),
    "the address of a redirect": lambda text: Redactor().value("location", text),
    "the last look": lambda text: last_look(text, ["canary-4711"]),
    "what a terminal shows": visible,
}


def least_s(read: Callable[[str], object], text: str) -> float:
    """Return the seconds of the quickest of three runs: the least is what it costs."""
    took = []
    for _ in range(3):
        began = time.process_time()
        read(text)
        took.append(time.process_time() - began)
    return min(took)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("reader", READERS)
def test_reading_costs_no_more_than_its_length(reader: str, shape: str) -> None:
    piece, read = SHAPES[shape], READERS[reader]
    texts = [piece * (size // len(piece)) for size in SIZES]
    took = [least_s(read, text) for text in texts]
    # Below a millisecond the clock's own grain is measured.
    growth = took[-1] / max(took[0], 0.001)

    assert growth < MOST_GROWTH, dict(zip(SIZES, took, strict=True))
