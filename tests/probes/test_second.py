"""How long the place of a vanished stream is waited for."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from streamtriage.lab.running import run
from streamtriage.lab.scenario import Scenario, Setup
from streamtriage.lab.tcp_relay import Relay, RelayRules
from streamtriage.model import Intake
from streamtriage.probes import second_get
from streamtriage.probes.context import Visit
from streamtriage.transport.requester import Wire
from streamtriage.transport.target import target_of

if TYPE_CHECKING:
    from streamtriage.model import SecondEvidence

FIRST = (0.0, 0.2, 0.6)


def waited(
    keep_s: float | None, hold_s: float, stop_s: float | None = None
) -> tuple[SecondEvidence, list[tuple[str, float]]]:
    """Ask a hop that keeps a vanished stream's place for so long; by 0.5 s at last."""
    said: list[tuple[str, float]] = []
    relay = Relay(RelayRules(keep_upstream=True, keep_s=keep_s))
    setup = Setup(relay=relay)

    async def ask(url: str) -> SecondEvidence:
        intake = Intake(url=url, hold_s=hold_s)
        visit = Visit(Wire(target_of(intake, {})), intake, asyncio.Event())
        visit.say = lambda what, left_s: said.append((what, left_s))
        if stop_s is not None:
            asyncio.get_running_loop().call_later(stop_s, visit.cancel.set)
        try:
            return await second_get.run(visit, moments_s=FIRST, every_s=1.0)
        finally:
            await visit.wire.close()

    with run(Scenario("test", "", "", None, lambda: setup)) as lab:
        return asyncio.run(ask(lab.url)), said


@pytest.mark.parametrize(
    ("hold_s", "last_s"), [(0.0, 4.6), (7.0, 6.6)], ids=["at least 5 s", "the hold"]
)
def test_place_is_waited_for_as_long_as_the_hold(hold_s: float, last_s: float) -> None:
    """A place that is never freed is asked for again and again, until then."""
    seen, _ = waited(None, hold_s)

    assert seen.freed_s is None
    assert seen.tries[-1].after_s == pytest.approx(last_s)
    assert {each.get.status for each in seen.tries} == {409}


def test_place_that_is_freed_late_is_seen() -> None:
    """And the person is told what is waited for, and for how long at most."""
    seen, said = waited(3.0, 20.0)

    assert seen.freed_s == pytest.approx(3.6)
    assert said
    assert all("place of a vanished stream" in what for what, _ in said)
    assert 15 < said[0][1] <= 20


def test_wait_can_be_stopped() -> None:
    seen, _ = waited(None, 7200.0, stop_s=1.5)

    assert seen.freed_s is None
    assert seen.tries[-1].after_s < 1.5
