"""Variants of a stream's life that no scenario of the lab is named after."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from streamtriage.lab.asgi import keep_alive
from streamtriage.lab.connection_ends import ended_at_age
from streamtriage.lab.h2_front import Front, FrontRules
from streamtriage.lab.running import run
from streamtriage.lab.scenario import Scenario, Setup
from streamtriage.lab.server import mcp_app
from streamtriage.lab.tcp_relay import Relay, RelayRules
from streamtriage.model import LifetimeEvidence, ListenEvidence
from streamtriage.triage import triage

if TYPE_CHECKING:
    from first_answers import FirstAnswer
    from streamtriage.model import Report

pytestmark = pytest.mark.real(part="servers")


def judged(setup: Setup) -> Report:
    scenario = Scenario("test", "", "", None, lambda: setup)
    with run(scenario) as lab:
        return asyncio.run(triage(lab.intake, environ={})).shown


def test_noise_outlives_an_idle_limit(first_answer: FirstAnswer) -> None:
    """Where the server can be made to write, its stream lives on: it is silence."""
    report = judged(
        Setup(
            app=lambda: mcp_app(asks_roots=True),
            relay=Relay(RelayRules(idle_s=1.5)),
            needs_hold_s=4.0,
        )
    )

    lifetime = next(e for e in report.evidence if isinstance(e, LifetimeEvidence))
    assert lifetime.provoked
    assert lifetime.noises >= 3
    first_answer(report, fits=report.verdict.causes == ("lb-idle-60s",))
    assert "lived longer" in report.verdict.summary


def test_noise_does_not_outlive_a_total_limit(first_answer: FirstAnswer) -> None:
    """The silent and the noisy stream end at one age: it is age."""
    report = judged(
        Setup(
            app=lambda: mcp_app(asks_roots=True),
            wrap=ended_at_age(2.0),
            needs_hold_s=4.0,
        )
    )

    first_answer(report, fits=report.verdict.causes == ("platform-max-request-300s",))
    assert "made to write" in report.verdict.summary


@pytest.mark.parametrize("ends_by", ["rst-stream", "goaway"])
def test_end_by_http2_is_named(ends_by: str, first_answer: FirstAnswer) -> None:
    rules = FrontRules(max_age_s=1.6, ends_by=ends_by)  # type: ignore[arg-type]
    setup = Setup(
        wrap=keep_alive(0.4),
        front=Front(rules),
        certificate="valid",
        needs_hold_s=3.0,
    )

    report = judged(setup)

    first_answer(report, fits=report.verdict.causes == ("h2-stream-reset",))
    word = "GOAWAY (NO_ERROR)" if ends_by == "goaway" else "RST_STREAM (CANCEL)"
    assert word in report.verdict.summary


def test_healthy_http2_is_healthy(first_answer: FirstAnswer) -> None:
    setup = Setup(wrap=keep_alive(0.5), front=Front(FrontRules()), certificate="valid")

    report = judged(setup)

    first_answer(report, fits=report.verdict.outcome == "healthy")


def test_listen_is_held_where_it_is_offered(first_answer: FirstAnswer) -> None:
    report = judged(Setup(wrap=keep_alive(0.5)))

    listen = next(e for e in report.evidence if isinstance(e, ListenEvidence))
    first_answer(report, fits=report.verdict.outcome == "healthy")
    assert listen.acknowledged
    assert len(listen.streams) == 1
    assert (listen.streams[0].lived_s or 0) > 2.0
