"""What is refused over HTTP/2 is told in the words that it has over HTTP/1.1."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from streamtriage.lab import scenario
from streamtriage.lab.asgi import keep_alive
from streamtriage.lab.h2_front import Front, FrontRules
from streamtriage.lab.running import run
from streamtriage.lab.scenario import Scenario, Setup
from streamtriage.model import (
    Attempt,
    Exchange,
    Failure,
    HoldEvidence,
    OpenEvidence,
    ReopenEvidence,
    Reopening,
    Report,
    Watch,
)
from streamtriage.reference_client.predict import predict
from streamtriage.transport.reopen import phrase_is_lost
from streamtriage.triage import triage

if TYPE_CHECKING:
    from collections.abc import Mapping

V1 = "Streamable HTTP error: Failed to open SSE stream: "
AGAIN = "Failed to reconnect SSE stream: "
ENDED = "Maximum reconnection attempts (2) exceeded."


def over_h2(status: int) -> Exchange:
    return Exchange(label="GET", method="GET", status=status, http_version="HTTP/2")


def over_h1(status: int, reason: str) -> Exchange:
    return Exchange(
        label="GET",
        method="GET",
        status=status,
        reason=reason,
        http_version="HTTP/1.1",
    )


def stream() -> Exchange:
    return Exchange(
        label="GET",
        method="GET",
        status=200,
        content_type="text/event-stream",
        http_version="HTTP/2",
    )


def pairs(reason: str) -> tuple[str, ...]:
    inner = f"{V1}{reason}"
    return (inner, f"{AGAIN}{inner}") * 2 + (ENDED,)


@pytest.mark.parametrize(
    ("get", "lost"),
    [
        (over_h2(409), True),
        (over_h2(405), False),
        (over_h2(200), False),
        (over_h1(409, "Conflict"), False),
        (Exchange(label="GET", method="GET", failure=Failure.RESET), False),
    ],
)
def test_only_a_refusal_over_http2_has_lost_its_words(
    get: Exchange,
    lost: bool,  # noqa: FBT001
) -> None:
    """405 is never printed, and HTTP/1.1 has said what it has to say."""
    assert phrase_is_lost(get) is lost


@pytest.mark.parametrize("where", ["watch", "vanished"])
def test_reopening_is_told_in_the_words_of_http1(where: str) -> None:
    """Node 26 prints what HTTP/2 says, and every other client the phrase."""
    tries = tuple(
        Attempt(after_s=moment, get=over_h2(409), http1=over_h1(409, "Conflict"))
        for moment in (1.0, 2.5)
    )
    seen = Reopening(ended_by="client-rst", first=stream(), attempts=tries)
    hold = HoldEvidence(watches=(Watch(stream=stream(), reopening=seen),))
    reopen = ReopenEvidence(after_vanish=seen)

    told = predict(
        handshake=None,
        opened=None,
        hold=hold if where == "watch" else None,
        reopen=reopen if where == "vanished" else None,
    )

    assert told.v1_node == pairs("Conflict")
    assert told.v1_bun == told.v1_node
    assert told.v1_node_h2 == pairs("")
    assert told.v2_node_h2[-1] == ENDED
    assert "over HTTP/1.1" in told.story


@pytest.mark.parametrize(
    ("again", "lines"),
    [
        (over_h1(404, "Not Found"), (f"{V1}Not Found",) * 2),
        # No other protocol is spoken, so the phrase stays unknown.
        (Exchange(label="GET", method="GET", failure=Failure.RESET), (V1,) * 2),
        # What the clients' own protocol is answered is what they print.
        (over_h1(403, "Forbidden"), (f"{V1}Forbidden",) * 2),
        (over_h1(405, "Method Not Allowed"), ()),
    ],
)
def test_first_get_is_told_as_over_http1(
    again: Exchange, lines: tuple[str, ...]
) -> None:
    """The repeated GET counts where it was answered, whatever it was answered."""
    opened = OpenEvidence(live=over_h2(404), live_http1=again)

    told = predict(handshake=None, opened=opened, hold=None, reopen=None)

    assert told.v1_node == lines


def behind_h2(bare: Scenario, pasted: str) -> Report:
    def build() -> Setup:
        return replace(bare.build(), certificate="valid", front=Front(FrontRules()))

    with run(replace(bare, build=build)) as lab:
        intake = lab.intake.model_copy(update={"error": pasted})
        return asyncio.run(triage(intake, environ={})).shown


# The client that prints a phrase speaks HTTP/1.1, and so do we; what came without one
# came over HTTP/2, and is asked for in the words of HTTP/1.1 as well.
OVER_H1 = [("HTTP/1.1", "Not Found")]
OVER_BOTH = [("HTTP/2", None), *OVER_H1]


@pytest.mark.parametrize(
    ("reason", "clients", "answered"),
    [
        ("Not Found", {"v1-node", "v1-bun"}, OVER_H1),
        ("", {"v1-node-h2"}, OVER_BOTH),
        ("Conflict", set(), OVER_H1),
    ],
)
def test_pasted_text_is_reproduced_behind_http2(
    reason: str, clients: set[str], answered: list[tuple[str, str | None]]
) -> None:
    """The text is reproduced with the phrase and without it, each by its clients."""
    report = behind_h2(scenario("get-not-implemented-404"), f"{V1}{reason}")
    opened = next(e for e in report.evidence if isinstance(e, OpenEvidence))
    gets = [get for get in (opened.live, opened.live_http1) if get is not None]

    assert set(report.predicted_text.reproduced) == clients
    assert [(get.http_version, get.reason) for get in gets] == answered


@pytest.mark.parametrize(
    "surroundings",
    [{"wrap": keep_alive(0.5), "front": Front(FrontRules()), "certificate": "valid"}],
    ids=["sound"],
)
def test_sound_server_is_not_asked_over_http1(surroundings: Mapping[str, Any]) -> None:
    """Nothing is repeated where nothing was refused."""
    bare = replace(scenario("healthy"), build=lambda: Setup(**surroundings))
    with run(bare) as lab:
        report = asyncio.run(triage(lab.intake, environ={})).shown
    asked = [
        seen
        for each in report.evidence
        if each.probe not in ("control", "provider")
        for seen in each.exchanges
    ]

    assert report.verdict.outcome == "healthy"
    assert {seen.http_version for seen in asked} == {"HTTP/2"}
