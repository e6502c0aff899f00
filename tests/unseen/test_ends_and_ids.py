"""Servers that mix up whom an answer is for, and that end what is not theirs to end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from unseen.world import HEALTHY, Asked, Seen, Trial, World, judge_all, only

if TYPE_CHECKING:
    from first_answers import FirstAnswer
    from streamtriage.model import Report

pytestmark = pytest.mark.real(part="servers")


@dataclass
class Numbers(World):
    """Gives each call another id than the one that it came with."""

    number: Any = None

    async def tools(self, asked: Asked) -> None:
        told = {"jsonrpc": "2.0", "id": self.number, "result": {"tools": []}}
        await asked.answer(200, told)


@dataclass
class Quotes(World):
    """Writes the id of a call as a text, as clients put up with."""

    async def tools(self, asked: Asked) -> None:
        told = {"jsonrpc": "2.0", "id": str(asked.number), "result": {"tools": []}}
        await asked.answer(200, told)


@dataclass
class OneBehind(World):
    """Answers each call with what the one before it has asked for."""

    last: dict[str | None, Any] = field(default_factory=dict)

    async def tools(self, asked: Asked) -> None:
        number = self.last.get(asked.session, asked.number)
        self.last[asked.session] = asked.number
        told = {"jsonrpc": "2.0", "id": number, "result": {"tools": []}}
        await asked.answer(200, told)


def trial(name: str, world: World, expected: Seen, **more: Any) -> Trial:
    return Trial(name, world, expected, hold_s=3.0, **more)


MIXED = only("response-id-mismatch")
TRIALS = [
    trial("no id", Numbers(), MIXED),
    trial("an id of its own", Numbers(number="77aa"), MIXED),
    trial("the id as a text", Quotes(), HEALTHY),
    trial("one behind", OneBehind(), MIXED),
]


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    return judge_all(TRIALS)


@pytest.mark.parametrize("each", TRIALS, ids=lambda each: each.id)
def test_verdict_names_what_is_mixed_up_or_ended(
    each: Trial, reports: dict[str, Report], first_answer: FirstAnswer
) -> None:
    report = reports[each.id]

    first_answer(report, fits=Seen.of(report) == each.expected)
    assert not (each.expected.causes and report.verdict.unexplained)
