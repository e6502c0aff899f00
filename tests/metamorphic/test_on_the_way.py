"""What is cut, held back or left half open is judged the same in other surroundings."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from metamorphic.changes import LATER_S, three_times_later
from metamorphic.faults import ANSWERED, MEANINGLESS, NOT_TAKEN, ON_THE_WAY
from metamorphic.variants import VARIANTS, Pair, fits, judged_all
from streamtriage.lab import FAULTS

if TYPE_CHECKING:
    from first_answers import FirstAnswer
    from streamtriage.model import Report

pytestmark = [pytest.mark.real(part="metamorphic"), pytest.mark.timeout(900)]

PAIRS = [(name, each) for name, some in ON_THE_WAY.items() for each in some]


@pytest.fixture(scope="module")
def reports() -> dict[Pair, Report]:
    return judged_all(PAIRS)


@pytest.mark.parametrize("pair", PAIRS, ids=": ".join)
def test_verdict_stays(
    pair: Pair, reports: dict[Pair, Report], first_answer: FirstAnswer
) -> None:
    first_answer(reports[pair], fits=fits(pair, reports[pair]))


def test_every_fault_is_met_or_left_out_by_a_reason() -> None:
    left_out = [name for some in NOT_TAKEN.values() for name in some]
    named = Counter([*ANSWERED, *ON_THE_WAY, *left_out])

    assert sorted(named) == sorted(each.name for each in FAULTS)
    assert set(named.values()) == {1}


def test_covering_set() -> None:
    """Each fault is met in two surroundings, and each change over three faults."""
    names = {each.name for each in VARIANTS}
    per_variant = Counter(variant for _, variant in PAIRS)

    assert set(per_variant) == names
    assert min(per_variant.values()) >= 3
    assert all(len(set(some)) >= 2 for some in ON_THE_WAY.values())
    assert MEANINGLESS.keys().isdisjoint(PAIRS)
    assert {fault for fault, _ in MEANINGLESS} <= {*ON_THE_WAY, *ANSWERED}
    assert {variant for _, variant in MEANINGLESS} <= names


@pytest.mark.parametrize(("own_s", "whole_s"), [(0.2, 0.6), (0.0, LATER_S)])
def test_slower_is_three_times_the_own_time(own_s: float, whole_s: float) -> None:
    """A slow answer takes three times as long, and a quick one the stated floor."""
    heads = []

    async def app(_scope: Any, _receive: Any, send: Any) -> None:
        await asyncio.sleep(own_s)
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(_message: Any) -> None:
        heads.append(time.monotonic())

    started = time.monotonic()
    asyncio.run(three_times_later(app)({}, None, send))  # type: ignore[arg-type]

    assert heads[0] - started >= whole_s
