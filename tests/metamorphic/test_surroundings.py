"""Where a server stands and what it calls itself does not change the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from metamorphic.variants import FAULTS, SOUND, SURROUNDINGS, Variant, judged_all, told

if TYPE_CHECKING:
    from streamtriage.model import Report

Reports = dict[tuple[str, str], "Report"]
variants = pytest.mark.parametrize("variant", SURROUNDINGS, ids=lambda each: each.name)


@pytest.fixture(scope="module")
def reports() -> Reports:
    return judged_all(SURROUNDINGS)


@variants
@pytest.mark.parametrize("fault", FAULTS)
def test_fault_keeps_its_cause(fault: str, variant: Variant, reports: Reports) -> None:
    """The first cause is the fault's own, and no other is present beside it."""
    report = reports[fault, variant.name]

    assert report.verdict.causes == (fault,), told(report)


@variants
@pytest.mark.parametrize("sound", SOUND)
def test_sound_server_stays_sound(
    sound: str, variant: Variant, reports: Reports
) -> None:
    """What is no fault accuses nobody."""
    report = reports[sound, variant.name]

    assert report.verdict.outcome == "healthy", told(report)


@variants
def test_change_was_really_made(variant: Variant, reports: Reports) -> None:
    """The reports show the change, so that what is compared is not the same twice."""
    missed = [
        n for (n, v), r in reports.items() if v == variant.name and not variant.shows(r)
    ]

    assert missed == []
