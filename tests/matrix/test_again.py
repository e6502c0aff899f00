"""Every scenario is judged the same when its server has been asked before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from matrix.asking import fits_address, served_again
from streamtriage.lab import SCENARIOS, Scenario

if TYPE_CHECKING:
    from first_answers import FirstAnswer
    from streamtriage.model import Report

pytestmark = [pytest.mark.real(part="again"), pytest.mark.timeout(1200)]

# What happens once in the life of a server is over when it is asked again.
OVER: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "server-gone-meanwhile": ("cause-present", ("tcp-refused-server-down",), ()),
    "deploy-window-5xx": ("healthy", (), ()),
    "drain-at-deploy": ("healthy", (), ()),
    "proxy-404-during-recreate": ("healthy", (), ()),
}


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    return served_again()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
def test_verdict_stays_when_asked_again(
    scenario: Scenario, reports: dict[str, Report], first_answer: FirstAnswer
) -> None:
    """Sessions, streams and limits of the first triage are not held against it."""
    report = reports[scenario.name]
    verdict = report.verdict

    if scenario.name in OVER:
        said = (verdict.outcome, verdict.causes, verdict.suspected)
        first_answer(report, fits=said == OVER[scenario.name])
    else:
        first_answer(report, fits=fits_address(scenario, report))
