"""What the named client is known to make of a cause."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from causes.samples import (
    case,
    find,
    post,
    refusal,
    refused_everywhere,
    reopen,
    reopening,
)
from streamtriage.causes import conclude, judge
from streamtriage.model import Intake

if TYPE_CHECKING:
    from streamtriage.causes import Case

BUSY = refusal(409, "Conflict")


def no_route(intake: Intake) -> Case:
    return refused_everywhere(refusal(404), intake=intake)


def half_open(intake: Intake) -> Case:
    cut = reopening(BUSY, BUSY, BUSY, posts=(post(),), ended_by="server")
    return case(reopen(cut), intake=intake)


CAUSES = {"get-not-implemented-404": no_route, "half-open-stream-409": half_open}


@pytest.mark.parametrize(
    ("cause", "version", "impact"),
    [
        # A first GET that is refused is never tried again, so nothing is given up.
        ("get-not-implemented-404", "2.1.82", "cosmetic"),
        ("get-not-implemented-404", "2.1.109", "cosmetic"),
        ("get-not-implemented-404", "2.1.146", "cosmetic"),
        ("get-not-implemented-404", "2.1.147", "fatal"),
        ("get-not-implemented-404", "2.1.152", "fatal"),
        ("get-not-implemented-404", "2.1.153", "cosmetic"),
        ("half-open-stream-409", "2.1.82", "cosmetic"),
        ("half-open-stream-409", "2.1.83", "fatal"),
        ("half-open-stream-409", "2.1.140", "fatal"),
        ("half-open-stream-409", "2.1.141", "cosmetic"),
        ("half-open-stream-409", "2.1.150", "cosmetic"),
    ],
)
def test_version_decides_the_impact(cause: str, version: str, impact: str) -> None:
    """Each bound of a known version has a row on each side."""
    intake = Intake(client="Claude Code", client_version=version)
    finding = find(cause, CAUSES[cause](intake))

    assert finding.status == "present"
    assert finding.impact == impact
    assert f"Claude Code {version}" in finding.because


@pytest.mark.parametrize(
    "intake",
    [
        pytest.param(Intake(), id="nobody named"),
        pytest.param(Intake(client="an app of mine"), id="unknown one"),
        pytest.param(
            Intake(client="Cursor", client_version="2.1.150"), id="other client"
        ),
    ],
)
def test_unknown_client_keeps_the_usual_impact(intake: Intake) -> None:
    """Without a known version the impact is that of the cause."""
    finding = find("get-not-implemented-404", no_route(intake))

    assert finding.impact == "cosmetic"
    assert "Claude Code" not in finding.because


def test_version_may_stand_beside_the_name() -> None:
    """People write the version into the client's field."""
    finding = find("get-not-implemented-404", no_route(Intake(client="claude 2.1.150")))

    assert finding.impact == "fatal"


def test_absent_cause_says_nothing_of_the_client() -> None:
    """Only what is present matters to somebody."""
    intake = Intake(client="Claude Code", client_version="2.1.150")

    assert (
        "Claude Code"
        not in find("get-not-implemented-404", case(intake=intake)).because
    )


@pytest.mark.parametrize(
    ("client", "status", "impact"),
    [
        ("Claude Code", 404, "cosmetic"),
        ("ai-sdk", 404, "fatal"),
        ("gemini-cli@0.61.0", 502, "fatal"),
        ("codex", 502, "cosmetic"),
        ("opencode", 404, "cosmetic"),
    ],
)
def test_measured_rows_decide_for_other_clients(
    client: str, status: int, impact: str
) -> None:
    """What was measured of the client says whether its tools are left."""
    seen = refused_everywhere(refusal(status), intake=Intake(client=client))
    verdict = conclude(seen, judge(seen))

    (reaction,) = verdict.reactions
    assert reaction.tools == ("lost" if impact == "fatal" else "left")
    assert (verdict.impact == "fatal") == (impact == "fatal")
    assert verdict.for_whom == ()


def test_unknown_client_is_told_for_whom() -> None:
    """Nobody named: which clients have no tools left, and which go on."""
    seen = refused_everywhere(refusal(404))
    (told,) = conclude(seen, judge(seen)).for_whom

    assert told.situation == "get-404"
    assert "ai-sdk@2.0.99" in told.lost
    assert "codex@0.171.0" in told.left
    assert not set(told.lost) & set(told.left)


def test_harmless_405_says_nothing_of_clients() -> None:
    seen = refused_everywhere(refusal(405))

    assert conclude(seen, judge(seen)).for_whom == ()
