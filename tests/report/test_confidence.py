"""How sure a verdict is, by what kind of evidence, and what would change it."""

from __future__ import annotations

import pytest

from causes import samples as seen
from comparison.judged import CONFLICT, URL, half_open, report
from streamtriage.model import Intake, Report, Status
from streamtriage.report.confidence import confidence, overturned

from .samples import crashed, unknown


def resting(
    *probes: str, cause: str = "half-open-stream-409", **more: object
) -> Report:
    """Return a report whose leading finding rests on these probes, unreproduced."""
    found = half_open()
    findings = tuple(
        f.model_copy(
            update={"rests_on": probes, "cause": cause, "status": Status.PRESENT}
        )
        if f.cause == "half-open-stream-409"
        else f
        for f in found.findings
    )
    verdict = found.verdict.model_copy(update={"causes": (cause,), "reproduced": False})
    return found.model_copy(update={"findings": findings, "verdict": verdict, **more})


@pytest.mark.parametrize(
    ("judged", "begins"),
    [
        (
            half_open(intake=Intake(url=URL, error=CONFLICT, hold_s=3)),
            "High: reproduced",
        ),
        (
            resting("reopen", "hold"),
            "High: seen on the wire by the probes `reopen` and",
        ),
        (resting("reopen"), "Good: seen on the wire by the probe `reopen`"),
        (
            resting("reopen", "local"),
            "Good: seen on the wire by the probe `reopen`, and",
        ),
        (resting("local"), "Medium: read in this machine's logs"),
        (resting(), "Medium: concluded"),
        (report(), "As far as was measured."),
        (unknown(), "Not at all."),
        (crashed(), "None: this tool failed."),
    ],
    ids=[
        *("reproduced", "two probes", "one probe", "wire and log", "log", "concluded"),
        *("healthy", "unknown", "fault of ours"),
    ],
)
def test_the_kind_of_evidence_makes_the_grade(judged: Report, begins: str) -> None:
    assert confidence(judged).startswith(begins)


def test_what_weakens_a_verdict_is_said() -> None:
    lot = confidence(resting("replicas", "open", cause="multi-replica-no-affinity"))
    cut_short = confidence(resting("reopen", interrupted=True))
    other = half_open(
        intake=Intake(
            url=URL, error="Failed to open SSE stream: Service Unavailable", hold_s=3
        )
    )

    assert "But it comes and goes" in lot
    assert "But the run was interrupted." in cut_short
    assert "But the pasted text stands for another answer." in confidence(other)
    assert "may name another cause" in overturned(other)
    assert "But" not in confidence(resting("reopen"))


def test_a_suspicion_is_low_and_names_its_test() -> None:
    """409 and then a POST that fails too: not proven, and the card says so."""
    gone = seen.reopening(*[seen.refusal(409, reason="Conflict")] * 3)
    doubtful = report(seen.reopen(gone, after_vanish=gone))

    assert doubtful.verdict.suspected == ("half-open-stream-409",)
    assert confidence(doubtful).startswith("Low: ")
    assert overturned(doubtful) == "The test that settles it: Run the triage again."


def test_the_look_alike_and_what_rules_it_out_are_named() -> None:
    wrong = seen.refusal(404, content_type="text/html")
    text = overturned(
        seen_everywhere := report(*seen.refused_everywhere(wrong).evidence)
    )

    assert seen_everywhere.verdict.causes == ("get-not-implemented-404",)
    assert "Another answer to “Is the event stream opened?”" in text
    assert "nearest look-alike is `server-restart-session-lost`" in text
