"""Numbers have a unit, and are written in tables as in sentences."""

from __future__ import annotations

import pytest

from streamtriage.languages import speaking
from streamtriage.model import End, Failure
from streamtriage.phrases import ENDS, FAILURES, count, duration, size


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


def test_a_noun_that_no_catalogue_has_is_an_error() -> None:
    """Not English among Chinese, with an s."""
    with speaking("zh-CN"):
        assert count(2, "report") == "2 份报告"
        with pytest.raises(KeyError, match="no-such-noun"):
            count(2, "no such noun")
    assert (count(1, "report"), count(2, "report")) == ("1 report", "2 reports")
