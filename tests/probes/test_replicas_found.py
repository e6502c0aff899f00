"""Replicas that share no sessions are found in each of twenty first answers."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import pytest

from byte_server import ByteServer, McpBytes, Script, play, read_request, response
from streamtriage.model import Intake
from streamtriage.triage import triage

if TYPE_CHECKING:
    from streamtriage.model import Report

pytestmark = pytest.mark.timeout(300)

NO_STREAM: Script = (response(405, "Method Not Allowed"),)
ROUNDS = 5
AT_ONCE = 4


@dataclass
class Replicas(ByteServer):
    """A balancer that gives each connection to a replica, in turn or by chance."""

    number: int = 2
    chance: random.Random | None = None
    replicas: list[McpBytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.replicas = [McpBytes({"get": NO_STREAM}) for _ in range(self.number)]
        for place, each in enumerate(self.replicas):
            # Two replicas give no id twice.
            each.issued += [f"taken-{place}"] * (1 + 1000 * place)

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> Literal["fin", "rst", "ours"]:
        turn = self.connections % self.number
        if self.chance is not None:
            turn = self.chance.randrange(self.number)
        while (request := await read_request(reader)) is not None:
            self.requests.append(request)
            for step in self.replicas[turn](request):
                if not await play(step, writer):
                    return "ours"
        return "fin"


CASES = [
    (number, how, seed)
    for number in (2, 3)
    for how in ("in turn", "by chance")
    for seed in range(ROUNDS)
]


async def first_answer_of(number: int, how: str, seed: int) -> Report:
    chance = random.Random(seed) if how == "by chance" else None
    async with Replicas(number=number, chance=chance) as server:
        return (await triage(Intake(url=server.url, hold_s=0), environ={})).shown


@pytest.fixture(scope="module")
def reports() -> list[Report]:
    async def run() -> list[Report]:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(case: tuple[int, str, int]) -> Report:
            async with gate:
                return await first_answer_of(*case)

        return await asyncio.gather(*map(one, CASES))

    return asyncio.run(run())


def test_replicas_are_found_in_twenty_of_twenty_first_answers(
    reports: list[Report],
) -> None:
    leads = [report.verdict.causes[:1] for report in reports]
    found = ("multi-replica-no-affinity",)
    missed = [c for c, lead in zip(CASES, leads, strict=True) if lead != found]

    assert missed == []
