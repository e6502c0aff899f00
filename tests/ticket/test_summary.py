"""The summary leads with the verdict and the change, and fits into a comment."""

from __future__ import annotations

import pytest

from report.samples import CANARIES, hostile, leaking, unknown
from streamtriage.redaction import Redactor
from streamtriage.ticket.summary import SIZE_WANTED, introduction, summary

from .executed import NAMES, report

GITHUB_LIMIT = 65_536


@pytest.mark.parametrize("name", NAMES)
def test_it_is_short_and_says_what_to_change(name: str) -> None:
    text = summary(report(name), introduction(report(name), ("A remark.",)), "The zip.")
    order = [
        text.index(part)
        for part in (
            "A remark.",
            "**Cause found.**",
            "### What to change",
            "### How to see that it is fixed",
            "streamtriage triage http://127.0.0.1",
            "streamtriage extract TICKET",
        )
    ]

    assert len(text) <= SIZE_WANTED
    assert order == sorted(order)
    assert text.count("<details>") == text.count("</details>") > 2


def test_a_report_that_does_its_worst_still_fits() -> None:
    """The verdict and the change are never left out; the rest goes, and is named."""
    text = summary(hostile())

    assert len(text) < GITHUB_LIMIT
    assert "streamtriage extract TICKET" in text
    assert "Left out here for its length" in text


def test_without_a_cause_nothing_is_to_be_changed_yet() -> None:
    assert "nothing should be changed yet" in summary(unknown())


def test_no_canary_survives() -> None:
    given = Redactor([CANARIES["env"]]).noun(leaking())
    text = summary(given)

    assert [name for name, canary in CANARIES.items() if canary in text] == []
