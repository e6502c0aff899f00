"""Reports of earlier formats are read as if they had been written today."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from streamtriage.model import SCHEMA_VERSION, Report

SAVED = sorted((Path(__file__).parents[1] / "data" / "reports").glob("*.json"))


def purposes(report: Report) -> dict[str, str]:
    return {
        each.label: each.opened_for
        for probe in report.evidence
        for each in probe.exchanges
    }


@pytest.mark.parametrize("path", SAVED, ids=lambda path: path.stem)
def test_an_earlier_report_says_for_what_a_session_was_opened(path: Path) -> None:
    """Its labels name it: of two sessions the streams can be told apart."""
    found = purposes(Report.model_validate_json(path.read_bytes()))

    assert found["initialize (main)"] == "main"
    named = {label for label in found if label.endswith(")")}
    assert all(found[label] and f"({found[label]})" in label for label in named)
    assert not any(found[label] for label in found.keys() - named)


@pytest.mark.parametrize("path", SAVED, ids=lambda path: path.stem)
def test_an_earlier_report_says_of_which_request_a_moment_is(path: Path) -> None:
    """Its details end with the label: moments of two streams can be told apart."""
    report = Report.model_validate_json(path.read_bytes())

    for probe in report.evidence:
        labels = {each.label for each in probe.exchanges}
        named = [each for each in probe.timeline if each.request in labels]
        assert bool(named) == bool(labels and probe.timeline)
        assert not any(each.detail.endswith("]") for each in named)


def test_a_report_of_today_is_taken_at_its_word() -> None:
    """What is read of a label in an earlier one is no part of the format."""
    content: dict[str, Any] = json.loads(SAVED[0].read_text("utf-8"))
    found = purposes(Report.model_validate(content | {"schema_version": "2.2"}))
    today = purposes(
        Report.model_validate(content | {"schema_version": SCHEMA_VERSION})
    )

    assert any(found.values())
    assert not any(today.values())

    written = content | {"schema_version": SCHEMA_VERSION}
    taken = Report.model_validate(written)
    moments = [each for probe in taken.evidence for each in probe.timeline]
    assert any(each.detail.endswith("]") for each in moments)
    assert not any(each.request for each in moments)


def test_what_was_given_is_not_changed() -> None:
    content: dict[str, Any] = json.loads(SAVED[0].read_text("utf-8"))
    before = json.dumps(content)
    Report.model_validate(content)

    assert json.dumps(content) == before
