"""The smallest failing action: the fewest probes on which a finding rests."""

from __future__ import annotations

from pathlib import Path

import pytest

from causes import samples
from comparison.judged import half_open, report
from streamtriage.changes import Action, narrowed, one_probe, smallest
from streamtriage.changes.smallest_rerun import _SAYS
from streamtriage.model import CauseId, End, Failure, Intake, Report, Status
from streamtriage.probes import PROBES, chosen

SAVED = Path(__file__).parents[1] / "data" / "reports"


def test_every_probe_has_words() -> None:
    assert set(_SAYS) == {probe.name for probe in PROBES} | {"local"}


def test_a_refused_reopening_is_run_again_without_the_watch() -> None:
    found = smallest(half_open())

    assert found == Action(
        says=_SAYS["second"], cause=CauseId("half-open-stream-409"), probes=("second",)
    )


def test_nothing_wrong_has_no_failing_action() -> None:
    assert smallest(report()) is None


def test_a_server_that_is_down_takes_one_connection() -> None:
    down = samples.reach(
        addresses=(samples.address(failure=Failure.REFUSED),),
        failure=Failure.REFUSED,
        tls=None,
    )
    late = ("era", "handshake", "open", "reopen", "hold")

    found = smallest(report(down, without=late))

    assert found is not None
    assert (found.cause, found.probes) == ("tcp-refused-server-down", ("reach",))


def test_a_cut_is_waited_for_a_little_longer_than_it_took() -> None:
    """60 s of silence twice: the action watches for 68 s, and not for two hours."""
    cut = samples.stream(60.2, End.RESET)
    intake = Intake(url="https://mcp.example/mcp", hold_s=7200)

    found = smallest(report(samples.hold(cut, cut), intake=intake))

    assert found is not None
    assert found.probes == ("hold",)
    assert found.hold_s == pytest.approx(68.2)
    assert "68.2 s" in found.says
    assert found.intake(intake).hold_s == found.hold_s


@pytest.mark.parametrize("path", sorted(SAVED.glob("*.json")), ids=lambda p: p.stem)
def test_the_part_keeps_the_finding_and_less_does_not(path: Path) -> None:
    """On the saved evidence of real triages, and never with more than two probes."""
    saved = Report.model_validate_json(path.read_text(encoding="utf-8"))
    found = smallest(saved)

    assert found is not None
    assert 1 <= len(found.probes) <= 2
    part = narrowed(saved, found.probes)
    status: dict[str, Status] = {f.cause: f.status for f in part.findings}
    assert status[path.stem] is Status.PRESENT
    less = narrowed(saved, ("reach",))
    status = {f.cause: f.status for f in less.findings}
    assert status[path.stem] is not Status.PRESENT


def test_one_probe_brings_what_it_builds_on() -> None:
    names = [probe.name for probe in chosen(PROBES, ("second",))]

    assert names == [
        *("reach", "redirect", "era", "handshake", "open", "reopen", "second"),
        "silence",
        "fingerprint",
    ]
    assert [p.name for p in chosen(PROBES, ("reach",))] == [
        *("reach", "silence", "fingerprint")
    ]
    assert one_probe(half_open(), "hold").hold_s == 3.0
    with pytest.raises(LookupError, match="There is no probe 'nonsense'"):
        chosen(PROBES, ("nonsense",))
