"""What a server answers at once is judged the same in all surroundings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metamorphic.faults import ANSWERED, SOUND
from metamorphic.variants import VARIANTS, Pair, assert_same_verdict, judged_all

if TYPE_CHECKING:
    from streamtriage.model import Report

PAIRS = [(name, each.name) for name in ANSWERED + SOUND for each in VARIANTS]


@pytest.fixture(scope="module")
def reports() -> dict[Pair, Report]:
    return judged_all(PAIRS)


@pytest.mark.parametrize("pair", PAIRS, ids=": ".join)
def test_verdict_stays(pair: Pair, reports: dict[Pair, Report]) -> None:
    assert_same_verdict(pair, reports[pair])
