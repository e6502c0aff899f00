"""A secret in header, address and pasted text changes no verdict, status or time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import pytest

from matrix.asking import TOLD, environ_of, fits_address, fits_told
from side_by_side import ask_all
from streamtriage.judging import judged
from streamtriage.lab import SCENARIOS, Lab, serve
from streamtriage.model import Intake, Noun, Report
from streamtriage.redaction import Redacted
from streamtriage.report import render_html, render_markdown, render_text
from streamtriage.triage import measure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from first_answers import FirstAnswer
    from streamtriage.lab import Scenario
    from streamtriage.model import AskedAs, Evidence, Signature, Target

pytestmark = [pytest.mark.real(part="metamorphic"), pytest.mark.timeout(900)]

# Made up, of no issuer's form: nothing but knowing them finds them. The header is not
# called a credential, whose giving is a fact of its own.
IN_HEADER = "violet-Kestrel-orbit-49"
IN_ADDRESS = "amber-Walrus-ladder-72"
IN_TEXT = "Qm7vT2xLp9RwZ4nKc8Hd"
PASTED = f"[debug] started with key {IN_TEXT}"


@dataclass(frozen=True)
class Before:
    """What one fault's run measured, as it came."""

    intake: Intake
    signature: Signature
    target: Target
    evidence: tuple[Evidence, ...]
    taken_at: datetime
    asked_as: AskedAs


@dataclass(frozen=True)
class Passed:
    """One fault's run before the wall, behind it, and as it is shown from there."""

    before: Before
    report: Report
    shown: tuple[str, ...]


def _served(name: str) -> Passed:
    """Ask one server, and show the report where it is known to have passed."""
    with serve(name) as lab:
        environ = environ_of(lab) | {"TEAM_KEY": IN_HEADER}
        measured = asyncio.run(measure(_intake(lab), environ=environ))
        run, report = measured.run, measured.report().shown
    before = Before(
        run.intake,
        run.signature,
        run.target,
        measured.evidence,
        run.taken_at,
        run.asked_as,
    )
    shown = (
        report.model_dump_json(),
        render_html(report),
        render_markdown(report),
        render_text(report),
    )
    return Passed(before, report, shown)


def _intake(lab: Lab) -> Intake:
    """Return what is typed for this fault, with a secret wherever one may stand."""
    told = lab.scenario in TOLD
    given = lab.intake if told else Intake(url=lab.url, hold_s=0)
    certified = lab.scenario.name.startswith("tls-")
    ca_file = given.ca_file or ("" if certified else lab.ca_file or "")
    return given.model_copy(
        update={
            "url": f"{given.url}?api_key={IN_ADDRESS}",
            "header_envs": {**given.header_envs, "X-Team": "TEAM_KEY"},
            "error": f"{given.error}\n{PASTED}".strip(),
            "ca_file": ca_file,
        }
    )


@pytest.fixture(scope="module")
def passed() -> dict[str, Passed]:
    names = [each.name for each in SCENARIOS]
    return dict(zip(names, ask_all(_served, names), strict=True))


def facts(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Yield whatever is no text of others: numbers, moments, words of a vocabulary."""
    if isinstance(value, Noun):
        for name in type(value).model_fields:
            yield from facts(getattr(value, name), f"{path}.{name}")
    elif isinstance(value, tuple):
        yield path, len(value)
        for index, each in enumerate(value):
            yield from facts(each, f"{path}[{index}]")
    elif isinstance(value, dict):
        yield path, sorted(map(str, value))
    elif value is None or isinstance(value, (bool, int, float, Enum)):
        yield path, value


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
def test_verdict_is_the_fault_s_own(
    scenario: Scenario, passed: dict[str, Passed], first_answer: FirstAnswer
) -> None:
    report = passed[scenario.name].report
    fits = (fits_told if scenario in TOLD else fits_address)(scenario, report)

    first_answer(report, fits=fits)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
def test_evidence_is_judged_the_same_before_and_behind_the_wall(
    scenario: Scenario, passed: dict[str, Passed]
) -> None:
    """Causes read only facts that survive it: statuses, times, what was compared."""
    seen = passed[scenario.name]
    raw = seen.before
    before = judged(
        raw.intake,
        raw.signature,
        raw.target,
        raw.evidence,
        raw.taken_at,
        asked_as=raw.asked_as,
        complete=True,
    )

    verdict, behind = before.verdict, seen.report.verdict
    assert (verdict.outcome, verdict.causes) == (behind.outcome, behind.causes)
    assert (verdict.suspected, verdict.lead) == (behind.suspected, behind.lead)
    statuses = [(f.cause, f.status) for f in before.findings]
    assert statuses == [(f.cause, f.status) for f in seen.report.findings]
    assert list(facts(raw.evidence)) == list(facts(seen.report.evidence))


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
def test_no_secret_is_left(scenario: Scenario, passed: dict[str, Passed]) -> None:
    for text in passed[scenario.name].shown:
        for secret in (IN_HEADER, IN_ADDRESS, IN_TEXT):
            assert secret not in text


def test_the_wall_had_something_to_hide(passed: dict[str, Passed]) -> None:
    """What never came as far would be shown by nobody, wall or none."""
    raw = [each.before for each in passed.values()]
    changed = [each.before.evidence != each.report.evidence for each in passed.values()]

    assert all(IN_ADDRESS in each.target.url for each in raw)
    assert all(IN_TEXT in each.intake.error for each in raw)
    assert sum(changed) > len(changed) / 2


def test_what_passed_is_neither_sent_nor_compared() -> None:
    with serve("tcp-refused-server-down") as lab:
        one = asyncio.run(measure(lab.intake, environ={})).report()

    assert isinstance(one, Redacted)
    with pytest.raises(TypeError, match="neither sent nor compared"):
        assert one == one.shown
    with pytest.raises(TypeError, match="neither sent nor compared"):
        f"{one}"
