"""The ledger, the record of a fix, and comparisons, as people read them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from changes.test_ledger import CAUSE, CHANGE, OTHER, small, tried
from comparison.judged import half_open, report
from streamtriage.changes import Change, Ledger, recorded, smallest
from streamtriage.comparison import compare_reports, resemblances
from streamtriage.languages import speaking
from streamtriage.model import Target
from streamtriage.report.compared import comparison_markdown, resemblances_markdown
from streamtriage.report.ledger import (
    action_markdown,
    ledger_markdown,
    record_markdown,
)

from .samples import HOSTILE


def later() -> timedelta:
    return timedelta(minutes=5)


def test_the_record_has_everything_that_undoing_it_needs() -> None:
    after = report(taken_at=report().taken_at + later())
    broken = half_open()
    ledger = recorded(Ledger(), small(broken), [CHANGE], broken, after)
    text = record_markdown(ledger, after, "ledger-working.json")

    for part in (
        f"| Cause | `{CAUSE}` |",
        "| Evidence before | A stream had been closed by us; a new GET in the same",
        "| Evidence after | GET again after our close: +0 s: 200 OK",
        "| How to undo it | Set proxy\\_ignore\\_client\\_abort in nginx.conf back",
        "| Everything run again | Nothing wrong was found.",
        "| Tool | streamtriage ",
        "| Date | 2026-11-23 12:05 UTC |",
        "| Working snapshot | `ledger-working.json`, to compare with next time |",
    ):
        assert part in text, part


def test_a_whole_run_from_before_the_change_confirms_nothing() -> None:
    after = report(taken_at=report().taken_at + later())
    broken = half_open()
    ledger = recorded(Ledger(), small(broken), [CHANGE], broken, after)

    assert "Not yet since the change" in record_markdown(ledger, broken)


def test_without_credit_there_is_no_record() -> None:
    text = record_markdown(tried(CHANGE, OTHER), report())

    assert text.startswith("No change is credited yet")
    assert "| Cause |" not in text


def test_a_useless_change_that_is_still_in_place_is_named() -> None:
    broken = half_open()
    ledger = recorded(Ledger(), small(broken), [OTHER], broken, half_open())
    ledger = recorded(ledger, small(broken), [CHANGE], broken, report())
    text = record_markdown(ledger, report())

    assert "of no shown use" in text
    assert "- Set proxy\\_buffering in nginx.conf back to on." in text


def test_the_ledger_shows_each_change_and_what_flipped() -> None:
    text = ledger_markdown(tried(CHANGE))

    assert "| 1 | proxy\\_ignore\\_client\\_abort in nginx.conf: on → off |" in text
    assert "✓ credited" in text
    assert f"| {CAUSE} | present | absent |" in text
    assert "No experiment yet" in ledger_markdown(Ledger())


def test_in_chinese_what_a_change_is_worth_is_chinese_to_its_end() -> None:
    """The summary of a run that could not judge it, and what else changed, too."""
    unjudged = tried(CHANGE, without=("era", "handshake", "open", "reopen", "hold"))
    elsewhere = tried(CHANGE, target=Target(url="https://other.example/mcp"))
    summary = unjudged.experiments[0].after[0].summary
    with speaking("zh-CN"):
        told = ledger_markdown(unjudged), ledger_markdown(elsewhere)

    assert summary in unjudged.experiments[0].weighed.says
    assert summary not in told[0]
    assert "服务器地址" in told[1]
    assert "Server address" not in told[1]


def test_the_action_names_its_probes_and_what_must_change() -> None:
    text = action_markdown(smallest(half_open()))

    assert "(`second`)" in text
    assert f"What must change is `{CAUSE}`." in text
    assert "Nothing fails here" in action_markdown(None)


@pytest.mark.parametrize("field", ["what", "where", "old", "new"])
def test_hostile_words_stay_words(field: str) -> None:
    """No markup of whoever wrote the change, or the report, reaches the page."""
    wild = Change(**({"what": "x", "old": "1", "new": "2"} | {field: HOSTILE}))
    text = ledger_markdown(tried(wild)) + record_markdown(tried(wild), report())

    assert "<script" not in text
    assert "<img" not in text
    assert not [line for line in text.splitlines() if line.startswith("# ")]


def test_a_comparison_is_a_table_in_rank_order() -> None:
    text = comparison_markdown(compare_reports(half_open(), report()))

    assert f"| 1 | **Cause {CAUSE}** (what was concluded) | present | absent |" in text
    assert "Change one thing only" in text


def test_sources_are_open_where_they_match_and_folded_where_not() -> None:
    text = resemblances_markdown(resemblances(half_open()))
    matched, rest = text.split("<details>", maxsplit=1)

    assert "**Match: the same thing" in matched
    assert "danny-avila/LibreChat" in matched
    assert "No match: " in rest
    assert "No source speaks" in resemblances_markdown(())
