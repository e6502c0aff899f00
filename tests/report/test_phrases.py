"""Numbers have a unit, and are written in tables as in sentences."""

from __future__ import annotations

import pytest

from streamtriage.model import End, Failure
from streamtriage.report.phrases import ENDS, FAILURES, duration, size


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "—"),
        (0.0, "0 ms"),
        (0.0004, "less than 1 ms"),
        (0.0123, "12 ms"),
        (0.4124, "412 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.0 s"),
        (1.0, "1.0 s"),
        (61.34, "61.3 s"),
        (130.0, "130.0 s"),
        (7200.0, "7200.0 s"),
    ],
)
def test_duration(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (2048, "2.05 kB"),
        (999_499, "999 kB"),
        (1_500_000, "1.50 MB"),
    ],
)
def test_size(number: int, words: str) -> None:
    assert size(number) == words


def test_every_word_of_the_vocabulary_is_plain() -> None:
    assert set(ENDS) == set(End)
    assert set(FAILURES) == set(Failure)
