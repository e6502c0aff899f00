"""The catalogue is whole: causes, faults, and the page that sets them side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from matrix import confusion
from matrix.__main__ import publish
from matrix.asking import TOLD
from report.samples import healthy
from streamtriage import probes
from streamtriage.causes import CAUSES, ON_THE_WIRE, Cause
from streamtriage.lab import FAULTS, SCENARIOS, SOUND, Scenario

if TYPE_CHECKING:
    from pathlib import Path

    from streamtriage.model import Report

# What `make confusion` publishes: each scenario accused of its own cause alone.
OWN = {
    each.name: confusion.Accused((each.cause,) if each.cause else ())
    for each in SCENARIOS
}
PROBES = {each.name for each in probes.PROBES}


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
    known |= {row.cause for cause in CAUSES for row in cause.taken_for_it}

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


def test_no_cause_is_judged_and_listed_as_not_judged() -> None:
    """What one cause stands for stands once, and is none that has a judge."""
    judged = {each.id for each in CAUSES}
    listed = [row.cause for each in CAUSES for row in each.taken_for_it]

    assert listed
    assert judged.isdisjoint(listed)
    assert len(listed) == len(set(listed))


def test_published_matrix_is_of_today() -> None:
    """It shows today's scenarios, each judged as the matrix wants it judged.

    `make confusion` writes what it measured, and refuses to where that is not this.
    """
    assert confusion.TABLE.read_text(encoding="utf-8") == confusion.table(OWN)
    assert confusion.PICTURE.read_text(encoding="utf-8") == confusion.picture(OWN)


@pytest.mark.parametrize("how", ["by its address", "told"])
def test_a_run_that_disappoints_is_not_published(how: str, tmp_path: Path) -> None:
    """One verdict that the matrix would fail leaves both files as they are."""
    told = {each.name: sentenced(each) for each in TOLD}
    naive = {each.name: sentenced(each) for each in SCENARIOS if each.name not in told}
    # What a busy machine may make of a fault: it was not seen.
    by_address, when_told = (
        ({"lb-idle-60s": healthy()}, {})
        if how == "by its address"
        else ({}, {TOLD[0].name: sentenced(SOUND[0])})
    )
    wrong = next(iter({**by_address, **when_told}))

    complaint = publish(
        naive | by_address, told | when_told, tmp_path, kept=tmp_path / "kept"
    )

    assert f"{wrong}, {how}" in complaint
    assert f"1 of {len(SCENARIOS)} first answers" in complaint
    assert [each.name for each in tmp_path.iterdir()] == ["kept"]
    assert len(list((tmp_path / "kept").iterdir())) == 1


def test_a_run_that_fits_is_published(tmp_path: Path) -> None:
    told = {each.name: sentenced(each) for each in TOLD}
    naive = {each.name: sentenced(each) for each in SCENARIOS if each.name not in told}

    assert publish(naive, told, tmp_path) == ""
    assert (tmp_path / "confusion.md").read_text("utf-8") == confusion.table(OWN)


def sentenced(scenario: Scenario) -> Report:
    """Return a report whose verdict is that of the scenario's own cause."""
    report = healthy()
    cause = scenario.cause
    told = {"impact": "none"} | (
        {"causes": (cause,), "outcome": "cause-present"} if cause else {}
    )
    return report.model_copy(update={"verdict": report.verdict.model_copy(update=told)})


def test_confusion_matrix_names_everything() -> None:
    """Each scenario has its row, and each cause that the wire can show its column."""
    page = confusion.TABLE.read_text(encoding="utf-8")
    picture = confusion.PICTURE.read_text(encoding="utf-8")
    rows = [line.split("`")[1] for line in page.splitlines() if line.startswith("| `")]

    assert rows == [each.name for each in SCENARIOS]
    assert not [c.id for c in ON_THE_WIRE if f">{c.id}</text>" not in picture]
    assert not [name for name in rows if f">{name}</text>" not in picture]
