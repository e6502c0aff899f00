"""What is left unexplained, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from causes.test_cover import seen
from streamtriage.causes import observed
from streamtriage.model import End
from streamtriage.model.observation import Kind, Phase
from streamtriage.wording import ended_words

if TYPE_CHECKING:
    from streamtriage.model.observation import Observation


def ended(age_s: float, **more: Any) -> Any:
    kind = Kind.CUT if age_s >= 1 else Kind.FLAP
    phase = Phase.HELD if age_s >= 1 else Phase.OPEN
    given = {"kind": kind, "phase": phase, "end": End.RESET, "after_s": age_s}
    return seen("ended", **(given | more))


def describe_all(left: list[Observation]) -> str:
    return str(observed.describe_all(left))


def test_ends_of_one_kind_are_one_sentence_whatever_age_they_have() -> None:
    """So that a stream of 0.95 s on one run and of 1.05 s on the next reads alike."""
    several = [ended(1.5), ended(0.954), ended(2.8)]
    told = describe_all(several)

    assert told == "Streams were reset after 954 ms to 2.8 s."


def test_of_many_ages_the_shortest_and_the_longest_are_told() -> None:
    told = describe_all([ended(each) for each in (2.0, 1.2, 3.9, 1.5)])
    two = describe_all([ended(each) for each in (2.0, 1.2)])

    assert told == "Streams were reset after 1.2 s to 3.9 s."
    assert two == "Streams were reset after 1.2 s and 2.0 s."


def test_ends_of_two_kinds_are_two_sentences() -> None:
    told = describe_all([ended(1.5), ended(2.5, end=End.COMPLETE)])

    assert told == (
        "A stream was ended cleanly by the server's side after 2.5 s. "
        "A stream was reset after 1.5 s."
    )


@pytest.mark.parametrize(("waits", "said"), [(0.2, ""), (1.0, " after 1.0 s")])
def test_a_wait_of_a_refusal_is_told_from_a_second_on(waits: float, said: str) -> None:
    refused = seen("wait", kind=Kind.REFUSED, status=503, label="GET", after_s=waits)

    assert describe_all([refused]) == f"`GET` was answered 503{said}."


@pytest.mark.parametrize("end", End)
def test_every_end_has_words(end: End) -> None:
    assert str(ended_words(end)).startswith("was ")
    assert str(ended_words(end, many=True)).startswith("were ")
