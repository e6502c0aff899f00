"""The terminal verdict is short, plain and safe to print."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import pytest

from streamtriage.report import render_text

from .samples import crashed, half_open, healthy, long_and_hostile, unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtriage.model import Report

COLOUR = re.compile(r"\x1b\[[0-9;]+m")


def test_verdict_comes_first_and_fits_one_screen() -> None:
    lines = render_text(half_open()).splitlines()

    assert lines[0].startswith("CAUSE FOUND: The server still counts the old stream.")
    assert len(lines) <= 40


@pytest.mark.parametrize(
    "words",
    [
        "What cut the stream         The stream was reset after 61.3 s.",
        "Does it matter              Partly.",
        "Owner                       the proxy",
        "Scope                       deployment configuration",
        "Reproduced: for what was seen, exactly this is printed by",
        "First fix: nginx in front of the server\n",
        "      proxy_ignore_client_abort off;",
        "lb-idle-60s: One stream was cut after 61.3 s of silence.",
        "To settle it: Hold for at least 130 s",
        "No limit longer than 61.3 s was measured.",
        "Not judged: rate-limit-429.",
        "What a v1 client on Node.js logs for this\n  SSE stream disconnected:",
    ],
)
def test_text_says(words: str) -> None:
    assert words in render_text(half_open())


def test_cause_outside_the_summary_is_explained() -> None:
    report = half_open()
    short = report.verdict.model_copy(update={"summary": "Two causes."})

    text = render_text(report.model_copy(update={"verdict": short}))

    assert "Present\n  half-open-stream-409: A new GET was answered 409" in text


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        (healthy, "HEALTHY AS FAR AS MEASURED: "),
        (half_open, "CAUSE FOUND: "),
        (unknown, "COULD NOT TELL: "),
        (crashed, "FAULT OF THIS TOOL: "),
    ],
)
def test_outcome_is_said_in_words(sample: Callable[[], Report], words: str) -> None:
    assert render_text(sample()).startswith(words)


def test_interruption_and_crash_are_said() -> None:
    text = render_text(crashed())

    assert "The triage was interrupted" in text
    assert "The probe “open” crashed: a fault of this tool" in text


def test_colour_adds_nothing_but_colour() -> None:
    assert COLOUR.sub("", render_text(half_open(), colour=True)) == render_text(
        half_open()
    )
    assert not COLOUR.search(render_text(half_open()))


@pytest.mark.parametrize("width", [40, 60, 88, 120])
def test_prose_keeps_the_width(width: int) -> None:
    prose = render_text(half_open(), width=width).partition("What a v1")[0]

    assert max(map(len, prose.splitlines())) <= width


def test_hostile_text_cannot_act_on_the_terminal() -> None:
    text = render_text(long_and_hostile())
    acting = {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs")}

    assert acting == {"\n"}
    assert len(text) < 10_000
