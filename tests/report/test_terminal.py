"""The terminal's verdict fits one screen, and a script reads the answer off it."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import pytest

from streamtriage.report import render_text
from ticket.executed import NAMES, report

from .samples import crashed, half_open, healthy, long_and_hostile, unknown
from .screen import read_screen, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtriage.model import Report

COLOUR = re.compile(r"\x1b\[[0-9;]+m")
SAMPLES = [healthy, half_open, unknown, crashed, long_and_hostile]


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_it_fits_one_screen_of_any_width(
    sample: Callable[[], Report], width: int
) -> None:
    text = render_text(sample(), width=width)

    assert rows_of(text, width) <= 24
    assert len(read_screen(text).sentence) > 0


@pytest.mark.parametrize("name", NAMES)
def test_a_script_reads_cause_owner_fix_and_check_off_the_screen(name: str) -> None:
    kept = report(name)
    seen = read_screen(render_text(kept))
    lead = next(f for f in kept.findings if f.cause == kept.verdict.causes[0])

    assert seen.cause == lead.cause
    assert seen.owner == f"the {lead.owner}"
    assert seen.where == lead.fixes[0].where
    assert seen.paste.split() == lead.fixes[0].paste.split()
    assert seen.check.startswith("streamtriage triage http://127.0.0.1")


@pytest.mark.parametrize(
    "words",
    [
        "Cut        The stream was reset after 61.3 s.",
        "Matters    Partly. What the server pushes is lost.",
        "Owner      the proxy (deployment configuration)",
        "Text       Reproduced: ",
        "First fix  nginx in front of the server\n",
        "\n  proxy_ignore_client_abort off;\n",
        "Check      streamtriage triage https://mcp.example.com/mcp --hold 130",
        "lb-idle-60s is suspected: One stream was cut after 61.3 s",
        "No limit longer than 61.3 s was measured",
        "Request    again at +1 s: 409 Conflict (HTTP/1.1)",
        "head 4",
        "2026-11-22 12:30 UTC; streamtriage 0.1.0; client claude-code 2.1.197",
    ],
)
def test_it_says(words: str) -> None:
    assert words in render_text(half_open(), height=40)


def test_ids_of_what_was_not_judged_are_for_the_json() -> None:
    text = render_text(half_open(), height=40)

    assert "rate-limit-429" not in text
    assert "1 cause could not be judged; the JSON names them." in text


def test_what_is_pasted_is_never_cut() -> None:
    """Everything else gives way to the change and to the command."""
    text = render_text(half_open(), height=13)

    assert "\n  proxy_ignore_client_abort off;\n" in text
    assert "streamtriage triage https://mcp.example.com/mcp" in text
    assert rows_of(text, 80) <= 13


def test_a_saved_report_is_checked_by_its_name() -> None:
    text = render_text(half_open(), saved="report.json")

    assert "Check      streamtriage check report.json\n" in text


def test_the_command_that_checks_leaves_the_error_out() -> None:
    """An error that comes up no more would keep the exit code from being 0."""
    assert "--error" not in render_text(half_open(), height=60)


@pytest.mark.parametrize(
    ("sample", "words"),
    [
        (healthy, "HEALTHY AS FAR AS MEASURED: Nothing wrong was found."),
        (half_open, "CAUSE FOUND: The server still counts the old stream."),
        (unknown, "COULD NOT TELL: "),
        (crashed, "FAULT OF THIS TOOL: "),
    ],
)
def test_outcome_is_said_in_words(sample: Callable[[], Report], words: str) -> None:
    assert render_text(sample()).startswith(words)


def test_a_rehearsal_says_so_first() -> None:
    text = render_text(half_open().model_copy(update={"rehearsal": True}))

    assert text.startswith("REHEARSAL: CAUSE FOUND: ")


def test_interruption_and_crash_are_said() -> None:
    text = render_text(crashed())

    assert "The triage was interrupted" in text
    assert "The probe “open” crashed: a fault of this tool" in text


def test_colour_adds_nothing_but_colour() -> None:
    coloured = render_text(half_open(), colour=True)

    assert COLOUR.sub("", coloured) == render_text(half_open())
    assert not COLOUR.search(render_text(half_open()))


def test_hostile_text_cannot_act_on_the_terminal() -> None:
    text = render_text(long_and_hostile())
    acting = {c for c in text if unicodedata.category(c) in ("Cc", "Cf", "Cs")}

    assert acting == {"\n"}
