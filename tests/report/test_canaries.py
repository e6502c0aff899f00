"""No secret survives redaction into JSON, text, HTML or Markdown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from streamtriage.model import Report
from streamtriage.redaction import Redactor
from streamtriage.report import (
    card_markdown,
    evidence_markdown,
    findings_markdown,
    render_html,
    render_markdown,
    render_text,
)

from .samples import CANARIES, half_open, healthy, leaking, unknown

if TYPE_CHECKING:
    from collections.abc import Callable

RENDERINGS: dict[str, Callable[[Report], str]] = {
    "JSON": Report.model_dump_json,
    "text": render_text,
    "text in colour": lambda report: render_text(report, colour=True, width=60),
    "HTML": render_html,
    "Markdown": render_markdown,
    "Markdown card": card_markdown,
    "Markdown findings": findings_markdown,
    "Markdown evidence": lambda report: evidence_markdown(report, "open"),
    "Markdown fault": lambda report: evidence_markdown(report, "bug"),
}


def survivors(text: str) -> list[str]:
    return [name for name, canary in CANARIES.items() if canary in text]


def test_sample_really_leaks() -> None:
    assert survivors(leaking().model_dump_json()) == list(CANARIES)


@pytest.mark.parametrize("rendering", RENDERINGS)
def test_no_canary_survives(rendering: str) -> None:
    report = Redactor([CANARIES["env"]]).noun(leaking())

    assert survivors(RENDERINGS[rendering](report)) == []


@pytest.mark.parametrize("rendering", [name for name in RENDERINGS if name != "JSON"])
def test_rendering_redacts_what_was_not(rendering: str) -> None:
    """Only a secret without any tell-tale needs the environment to be known."""
    assert survivors(RENDERINGS[rendering](leaking())) in ([], ["env"])


@pytest.mark.parametrize("sample", [healthy, half_open, unknown])
def test_clean_report_is_left_as_it_is(sample: Callable[[], Report]) -> None:
    assert Redactor().noun(sample()) == sample()


def test_redacted_report_reads_back() -> None:
    once = Redactor([CANARIES["env"]]).noun(leaking())
    again = Report.model_validate(json.loads(once.model_dump_json()))

    assert Redactor().noun(again).model_dump_json() == once.model_dump_json()
