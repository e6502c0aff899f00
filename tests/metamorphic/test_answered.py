"""What a server answers at once is judged the same in all surroundings."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from metamorphic.faults import ANSWERED, KNOWN_BY_WORDS, MEANINGLESS, SOUND
from metamorphic.variants import VARIANTS, Pair, fits, judged_all

if TYPE_CHECKING:
    from first_answers import FirstAnswer
    from streamtriage.model import Report

pytestmark = [pytest.mark.real(part="metamorphic"), pytest.mark.timeout(900)]

NAMES = [each.name for each in VARIANTS]
_TURNS = [
    *(
        (fault, NAMES[(turn + step) % len(NAMES)])
        for turn, fault in enumerate(ANSWERED)
        for step in range(4)
        if (fault, NAMES[(turn + step) % len(NAMES)]) not in MEANINGLESS
    ),
    *((sound, name) for sound in SOUND for name in NAMES),
]
# Where words tell, other words are always tried.
_WORDS = [(fault, "other words") for fault in KNOWN_BY_WORDS if fault in ANSWERED]
PAIRS = list(dict.fromkeys((*_TURNS, *_WORDS)))


@pytest.fixture(scope="module")
def reports() -> dict[Pair, Report]:
    return judged_all(PAIRS)


@pytest.mark.parametrize("pair", PAIRS, ids=": ".join)
def test_verdict_stays(
    pair: Pair, reports: dict[Pair, Report], first_answer: FirstAnswer
) -> None:
    first_answer(reports[pair], fits=fits(pair, reports[pair]))


def test_covering_set() -> None:
    """Each change is met over at least eight faults, and words where they tell."""
    met = Counter(name for fault, name in PAIRS if fault in ANSWERED)

    assert min(met[name] for name in NAMES) >= 8
    assert {(f, "other words") for f in KNOWN_BY_WORDS if f in ANSWERED} <= set(PAIRS)
