"""Every scenario of the lab against every cause: its own one, and no other."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from matrix import confusion
from streamtriage import probes
from streamtriage.causes import CAUSES, ON_THE_WIRE, Cause
from streamtriage.knowledge import catalogue, unjudged
from streamtriage.lab import FAULTS, SCENARIOS, SOUND, Lab, Scenario, serve
from streamtriage.model import Intake, Report, Status
from streamtriage.triage import triage

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PROBES = {each.name for each in probes.PROBES}
# A frame is too large only for a client that has such a limit.
ONLY_BY_CLIENT = "oversize-sse-frame"
# What the address alone cannot show, and what is said instead: which client it is, its
# credential or its text, and that a session is to be left alone beside a busy one.
ONLY_IF_TOLD = {
    "modern-only-server": "healthy",
    "probe-breaks-legacy-server": "healthy",
    "cors-preflight": "healthy",
    "credential-bound-session": "healthy",
    "origin-403": "healthy",
    "session-idle-reaped": "could-not-tell",
    "session-id-hijacked-by-error": "could-not-tell",
    "token-refresh-401-loop-v1": "could-not-tell",
}


# They wait most of the time; measured on two cores, more of them only disturb.
AT_ONCE = 8
# A private certificate that is wrong has both defects, and both are told.
ALSO_UNTRUSTED = ("tls-name-mismatch", "tls-expired")


def served(scenario: Scenario, intake: Callable[[Lab], Intake]) -> Report:
    with serve(scenario.name) as lab:
        return asyncio.run(triage(intake(lab), environ=environ(lab)))


def environ(lab: Lab) -> dict[str, str]:
    """Return what the shell of that machine has: its proxy, and mostly its CA."""
    found = {
        **lab.environ,
        "HTTPS_PROXY": lab.intake.proxy,
        "HTTP_PROXY": lab.intake.proxy,
    }
    if lab.ca_file and lab.scenario.name not in ALSO_UNTRUSTED:
        found["NODE_EXTRA_CA_CERTS"] = lab.ca_file
    return {name: value for name, value in found.items() if value}


def only_address(lab: Lab) -> Intake:
    """Return what somebody types who knows nothing but the address."""
    # HTTP/2 needs TLS here; where that is not the fault, the lab's CA is known.
    certified = lab.scenario.name.startswith("tls-")
    trusted = "" if certified or lab.ca_file is None else lab.ca_file
    return Intake(url=lab.url, ca_file=trusted, hold_s=0)


def by_address(scenario: Scenario, report: Report) -> bool:
    """Tell whether the address alone led where it should."""
    verdict = report.verdict
    if scenario.name in ONLY_IF_TOLD:
        said = (verdict.outcome, verdict.causes)
        return said == (ONLY_IF_TOLD[scenario.name], ())
    if scenario.name == ONLY_BY_CLIENT:
        return (verdict.causes, verdict.suspected) == ((), (scenario.name,))
    also = ("tls-untrusted-ca",) if scenario.name in ALSO_UNTRUSTED else ()
    causes = (scenario.cause, *also) if scenario.cause else ()
    return verdict.causes == causes and not verdict.suspected


def if_told(scenario: Scenario, report: Report) -> bool:
    """Tell whether what the person would have typed led to the one cause."""
    causes = (scenario.cause,) if scenario.cause else ()
    return report.verdict.causes == causes and not report.verdict.suspected


def all_served(
    scenarios: Sequence[Scenario],
    intake: Callable[[Lab], Intake],
    expected: Callable[[Scenario, Report], bool],
) -> dict[str, Report]:
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(lambda each: served(each, intake), scenarios))
    # Several labs and triages share one process here, and a stall of it is part of
    # what they measure: what disappoints is asked again, alone, and that answer counts.
    return {
        each.name: report if expected(each, report) else served(each, intake)
        for each, report in zip(scenarios, found, strict=True)
    }


def served_by_address() -> dict[str, Report]:
    """Return the report of each scenario, given only its address."""
    return all_served(SCENARIOS, only_address, by_address)


def served_told(naive: Mapping[str, Report]) -> dict[str, Report]:
    """Return them, given what its person would have typed where that matters."""
    more = {*ONLY_IF_TOLD, ONLY_BY_CLIENT, *ALSO_UNTRUSTED}
    asked = [each for each in SCENARIOS if each.name in more]
    found = all_served(asked, lambda lab: lab.intake, if_told)
    return {name: found.get(name, report) for name, report in naive.items()}


@pytest.fixture(scope="module")
def naive() -> dict[str, Report]:
    return served_by_address()


@pytest.fixture(scope="module")
def reports(naive: dict[str, Report]) -> dict[str, Report]:
    return served_told(naive)


def told(report: Report) -> str:
    lines = [f"{f.cause}: {f.status} {f.because}" for f in report.findings]
    return "\n".join([report.verdict.summary, *lines])


@pytest.mark.parametrize("fault", FAULTS, ids=lambda each: each.name)
def test_fault_shows_its_cause_alone(
    fault: Scenario, reports: dict[str, Report]
) -> None:
    """A fault is judged as the cause that it is named after, and as nothing else."""
    report = reports[fault.name]

    assert report.verdict.causes == (fault.cause,), told(report)
    assert report.verdict.suspected == (), told(report)
    assert report.verdict.outcome == "cause-present"


@pytest.mark.parametrize("sound", SOUND, ids=lambda each: each.name)
def test_sound_server_is_healthy(sound: Scenario, reports: dict[str, Report]) -> None:
    """A sound server is healthy, and nothing is suspected of it."""
    report = reports[sound.name]
    accused = [f.cause for f in report.findings if f.status in ("present", "suspected")]

    assert accused == [], told(report)
    assert report.verdict.outcome == "healthy"
    assert report.verdict.impact == "none"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda each: each.name)
def test_address_alone_suffices(fault: Scenario, naive: dict[str, Report]) -> None:
    """Who knows only the address gets the same first cause."""
    assert by_address(fault, naive[fault.name]), told(naive[fault.name])


@pytest.mark.parametrize("sound", SOUND, ids=lambda each: each.name)
def test_address_alone_accuses_nobody(
    sound: Scenario, naive: dict[str, Report]
) -> None:
    """Who knows only the address of a sound server hears that it is sound."""
    assert naive[sound.name].verdict.outcome == "healthy", told(naive[sound.name])


def test_every_cause_has_its_fault() -> None:
    """Each cause is reproduced by one fault of the same name, and no fault is left."""
    assert sorted(each.name for each in FAULTS) == sorted(c.id for c in ON_THE_WIRE)
    assert all(each.cause == each.name for each in FAULTS)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
def test_scenario_says_what_it_imitates(scenario: Scenario) -> None:
    """A scenario has a title, and a fault names the product it was taken from."""
    assert scenario.title
    assert scenario.imitates or scenario in SOUND


@pytest.mark.parametrize("cause", CAUSES, ids=lambda each: each.id)
def test_cause_is_complete(cause: Cause) -> None:
    """A cause has a title, a look-alike that exists, citations, and fixes to paste."""
    known = {c.id for c in CAUSES} | {s.name for s in SCENARIOS}
    known |= {row.cause for row in unjudged()}

    assert cause.title
    assert not cause.title.endswith(".")
    assert cause.look_alike in known - {cause.id}
    assert cause.citations
    assert all(each.source for each in cause.citations)
    assert cause.fixes
    for fix in cause.fixes:
        assert fix.where
        assert fix.what.endswith(".")
        assert fix.paste
        assert fix.verify in PROBES


def test_nothing_of_the_catalogue_is_silently_absent() -> None:
    """Each cause that is known is judged, or listed with the reason why it is not."""
    judged = {each.id for each in CAUSES}
    listed = [each.cause for each in unjudged()]

    assert len(catalogue()) == len(set(catalogue())) == 90
    assert set(catalogue()) <= judged | set(listed)
    assert judged.isdisjoint(listed)
    assert len(listed) == len(set(listed))
    assert {each.judged_as for each in unjudged()} <= judged


def test_every_sentence_is_whole(reports: dict[str, Report]) -> None:
    """What a person reads begins with a capital and ends with a full stop."""
    for report in reports.values():
        texts = [report.verdict.summary, report.verdict.cut, report.verdict.reopen]
        texts += [report.verdict.next_test, *report.verdict.not_measured]
        texts += [finding.because for finding in report.findings]
        for text in texts:
            assert re.match(r"[A-Z0-9`]", text), text
            assert text.endswith((".", "?")), text
            assert "None" not in text.replace("None is needed", ""), text
            assert ".." not in text, text


def test_every_evidence_named_exists(reports: dict[str, Report]) -> None:
    """A finding rests only on probes that ran."""
    for report in reports.values():
        ran = {each.probe for each in report.evidence}
        for finding in report.findings:
            if finding.status in (Status.PRESENT, Status.SUSPECTED):
                assert set(finding.rests_on) & ran, finding


def test_suspicion_names_its_test(reports: dict[str, Report]) -> None:
    """Whatever is suspected says what would settle it."""
    for report in reports.values():
        for finding in report.findings:
            suspected = finding.status is Status.SUSPECTED
            assert bool(finding.settle) == suspected, finding


def test_confusion_matrix_is_of_today(reports: dict[str, Report]) -> None:
    """The published matrix is what is found now; `make confusion` writes it anew."""
    page = confusion.TABLE.read_text(encoding="utf-8")
    picture = confusion.PICTURE.read_text(encoding="utf-8")

    assert page == confusion.table(reports)
    assert picture == confusion.picture(reports)


def test_confusion_matrix_names_everything() -> None:
    """Each scenario has its row, and each cause that the wire can show its column."""
    page = confusion.TABLE.read_text(encoding="utf-8")
    picture = confusion.PICTURE.read_text(encoding="utf-8")
    rows = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]

    assert rows == [each.name for each in SCENARIOS]
    assert not [c.id for c in ON_THE_WIRE if f">{c.id}</text>" not in picture]
    assert not [name for name in rows if f">{name}</text>" not in picture]
