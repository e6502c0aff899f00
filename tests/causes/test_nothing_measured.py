"""A cause is ruled out only by evidence that was given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from causes.samples import case, era, handshake, hold, opened, reach, reopen
from streamtriage.causes import CAUSES, Case
from streamtriage.model import (
    Intake,
    LocalEvidence,
    ProbeEvidence,
    ReachEvidence,
    Signature,
    Status,
)

if TYPE_CHECKING:
    from streamtriage.model import Evidence

# What each probe says that ran and saw nothing. Not so `reach` and `local`: to find no
# address and no entry is a sight as well.
EMPTY: tuple[Any, ...] = tuple(
    kind()
    for kind in ProbeEvidence.__subclasses__()
    if kind not in (ReachEvidence, LocalEvidence)
)

GIVEN: dict[str, tuple[Evidence, ...]] = {
    "nothing": (),
    "reach": (reach(),),
    "reach, http": (reach(scheme="http", tls=None),),
    "era": (reach(), era()),
    "handshake": (handshake(),),
    "handshake and era": (era(), handshake()),
    "open": (opened(),),
    "hold": (hold(),),
    "reopen": (reopen(),),
    "a session and no stream": (reach(), handshake()),
    "a session and one stream": (reach(), handshake(), opened()),
    "all but the era": case(without=("era",)).evidence,
    "all": case().evidence,
}


@pytest.mark.parametrize("given", GIVEN)
def test_absent_rests_on_what_was_measured(given: str) -> None:
    evidence = GIVEN[given]
    ran = {each.probe for each in evidence}
    seen = Case(intake=Intake(), signature=Signature(), evidence=evidence)
    found = [each.find(seen) for each in CAUSES]
    baseless = [
        (f.cause, f.because, f.rests_on)
        for f in found
        if f.status is Status.ABSENT and not (f.rests_on and set(f.rests_on) <= ran)
    ]

    assert baseless == []


@pytest.mark.parametrize(
    "evidence",
    [(), *((each,) for each in EMPTY), EMPTY],
    ids=["no probe", *(each.probe for each in EMPTY), "every probe"],
)
def test_nothing_measured_is_unknown(evidence: tuple[Evidence, ...]) -> None:
    """Neither a probe that did not run nor one that saw nothing rules a cause out."""
    seen = Case(intake=Intake(), signature=Signature(), evidence=evidence)
    told = [each.find(seen) for each in CAUSES]

    assert [(f.cause, f.because) for f in told if f.status is not Status.UNKNOWN] == []
