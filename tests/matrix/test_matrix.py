"""Every scenario of the lab against every cause: its own one, and no other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from matrix.asking import (
    TOLD,
    fits_address,
    fits_told,
    served_by_address,
    served_told,
)
from matrix.weighing import (
    case_of,
    foreign,
    heavy,
    joined,
    left_out,
    pairs,
    shuffled,
)
from report.screen import read_screen, rows_of
from streamtriage.causes import BY_ID, conclude
from streamtriage.causes.cover import cover
from streamtriage.lab import SCENARIOS, Scenario
from streamtriage.model import Status, Weight
from streamtriage.report import render_text

if TYPE_CHECKING:
    from first_answers import FirstAnswer
    from streamtriage.model import Report

# The first test of each kind waits for all servers of that kind.
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def naive() -> dict[str, Report]:
    return served_by_address()


@pytest.fixture(scope="module")
def told() -> dict[str, Report]:
    return served_told()


@pytest.fixture(scope="module")
def reports(naive: dict[str, Report], told: dict[str, Report]) -> list[Report]:
    return [*naive.values(), *told.values()]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
def test_address_alone_suffices(
    scenario: Scenario, naive: dict[str, Report], first_answer: FirstAnswer
) -> None:
    """Who knows only the address gets the fault's own cause, and a sound server none.

    Nothing else is said to be present or suspected.
    """
    report = naive[scenario.name]

    first_answer(report, fits=fits_address(scenario, report))


@pytest.mark.parametrize("scenario", TOLD, ids=lambda each: each.name)
def test_what_is_typed_leads_to_the_cause_alone(
    scenario: Scenario, told: dict[str, Report], first_answer: FirstAnswer
) -> None:
    """Where the address shows too little, what its person types shows the cause."""
    report = told[scenario.name]

    first_answer(report, fits=fits_told(scenario, report))


def test_every_sentence_is_whole(reports: list[Report]) -> None:
    """What a person reads begins with a capital and ends with a full stop."""
    for report in reports:
        texts = [report.verdict.summary, report.verdict.cut, report.verdict.reopen]
        texts += [report.verdict.next_step, *(g.says for g in report.verdict.gaps)]
        texts += [finding.because for finding in report.findings]
        for text in texts:
            assert re.match(r"[A-Z0-9`]", text), text
            assert text.endswith((".", "?")), text
            assert "None" not in text.replace("None is needed", ""), text
            assert ".." not in text, text


def test_every_verdict_fits_one_screen_and_is_read_off_it(
    reports: list[Report],
) -> None:
    """24 lines of 80 columns, from which a script has cause, owner, fix and check."""
    for report in reports:
        text = render_text(report)
        seen = read_screen(text)
        assert rows_of(text, 80) <= 24, text
        lead = next(
            (f for f in report.findings if f.cause == report.verdict.lead), None
        )
        assert seen.check.startswith("streamtriage triage "), text
        if lead is None:
            continue
        assert seen.cause == lead.cause, text
        assert seen.owner == f"the {lead.owner}", text
        assert seen.where == lead.fixes[0].where, text
        assert seen.paste.split() == lead.fixes[0].paste.split(), text


def test_every_evidence_named_exists(reports: list[Report]) -> None:
    """A finding rests only on probes that ran."""
    for report in reports:
        ran = {each.probe for each in report.evidence}
        for finding in report.findings:
            if finding.status in (Status.PRESENT, Status.SUSPECTED):
                assert set(finding.rests_on) & ran, finding


def test_suspicion_names_its_test(reports: list[Report]) -> None:
    """Whatever is suspected says what would settle it."""
    for report in reports:
        for finding in report.findings:
            suspected = finding.status is Status.SUSPECTED
            assert bool(finding.settle) == suspected, finding


def test_no_probe_crashes(reports: list[Report]) -> None:
    assert [e for each in reports for e in each.evidence if e.probe == "bug"] == []


def test_missed_event_is_replayed(naive: dict[str, Report]) -> None:
    """After the id that came first, exactly what had followed it comes again."""
    seen = next(e for e in naive["healthy-resumable"].evidence if e.probe == "resume")

    assert seen.probe == "resume"
    assert seen.source == "post"
    assert seen.expected == 1
    assert [each.status for each in seen.resumed] == [200, 200]
    assert all(each.events >= 1 for each in seen.resumed)


def test_lab_token_is_written_nowhere(told: dict[str, Report]) -> None:
    assert "lab-token" not in told["token-refresh-401-loop-v1"].model_dump_json()


# --- judging by explanation -----------------------------------------------------------

# Two certificates' defects may be had at once, and one look-alike more may remain.
MOST_OTHERS = 3
PAIRS, SEED = 300, 1


@pytest.fixture(scope="module")
def own(naive: dict[str, Report], told: dict[str, Report]) -> list[Report]:
    """Return one report of each fault in which its cause is present."""
    best = {**naive, **told}
    return [r for name, r in best.items() if name in r.verdict.causes]


def test_without_its_cause_what_was_seen_stands_unexplained(own: list[Report]) -> None:
    """A cause that nobody has thought of yet is no reason to call a server healthy."""
    others: list[str] = []
    for report in own:
        cause = report.verdict.causes[0]
        seen, verdict = left_out(report, cause)
        others += [cause] if verdict.causes else []
        if heavy(seen.observations):
            assert verdict.outcome != "healthy", cause
            assert verdict.causes or verdict.unexplained, cause
    assert len(others) <= MOST_OTHERS, others


def test_two_faults_at_once_are_both_named(own: list[Report]) -> None:
    """What is measured is never removed by what else is measured."""
    for one, other in pairs(own, PAIRS, SEED):
        wanted = {one.verdict.causes[0], other.verdict.causes[0]}
        inferred = {f.cause for f in one.findings if f.basis != "measured"}

        named = {f.cause for f in joined(one, other).present}

        assert wanted - inferred <= named, wanted


def test_what_is_foreign_is_named_or_unexplained(own: list[Report]) -> None:
    """One answer more that nobody foresaw is never passed over."""
    for report in own:
        if not any(o.weight.counts for o in report.observations):
            continue
        odd = foreign(report)
        seen = cover(
            case_of(report), report.findings, [*report.observations, odd], BY_ID
        )

        explained = {i for f in seen.present for i in f.explains}
        assert odd in seen.unexplained or odd.id in explained, report.verdict.causes


def test_no_order_changes_outcome_or_lead(own: list[Report]) -> None:
    """Which cause or probe comes first in a list decides nothing."""
    for number, report in enumerate(own):
        findings, seen = shuffled(report, number)
        weighed = cover(case_of(report), findings, seen, BY_ID)
        verdict = conclude(case_of(report), weighed)

        assert verdict.outcome == report.verdict.outcome, report.verdict.causes
        assert verdict.causes == report.verdict.causes


def test_a_single_odd_observation_changes_nothing(own: list[Report]) -> None:
    """What only a reader of logs notices neither makes nor breaks a verdict."""
    for report in own:
        heavier = [o for o in report.observations if o.weight is not Weight.ODD]
        if not heavier:
            continue
        seen = cover(case_of(report), report.findings, heavier, BY_ID)

        lead = seen.lead.cause if seen.lead else None
        assert lead == report.verdict.lead
