"""Two reports beside each other: what differs, in which order, and what to change."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, get_args

import pytest

from causes import samples
from comparison.judged import URL, half_open, report
from report.samples import CANARIES, leaking
from streamtriage.comparison import Comparison, compare_reports, observed, resemblances
from streamtriage.comparison.differences import DifferenceKind, filled
from streamtriage.languages import speaking
from streamtriage.model import (
    End,
    Failure,
    FingerprintEvidence,
    Hop,
    Intake,
    Target,
)
from streamtriage.workstation.inspect import look
from streamtriage.workstation.snapshot import snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from streamtriage.model import Fitness, Report


def hops(*names: str) -> FingerprintEvidence:
    return FingerprintEvidence(
        hops=tuple(
            Hop(
                name=name,
                product=name.lower(),
                sign="header",
                certainty="decisive",
                limits="",
                source="docs",
                grade="V",
            )
            for name in names
        )
    )


def beside(one: Report, *more: FingerprintEvidence) -> Report:
    return one.model_copy(update={"evidence": (*one.evidence, *more)})


def names(found: Comparison) -> list[str]:
    return [each.what for each in found.differences]


LATER = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_runs_that_are_alike_differ_in_nothing() -> None:
    found = compare_reports(half_open(), half_open(taken_at=LATER))

    assert found.differences == ()
    assert found.change_first == ""
    assert found.same > 5


ELSEWHERE = Target(url="http://10.0.0.7/mcp")


@pytest.mark.parametrize(
    ("broken", "working", "fitness", "says"),
    [
        pytest.param(half_open(), half_open(), "same", "given twice", id="one report"),
        pytest.param(
            half_open(),
            report(target=ELSEWHERE),
            "two-servers",
            "These are two servers: https://mcp.example/mcp and http://10.0.0.7/mcp",
            id="two addresses",
        ),
        pytest.param(
            half_open(),
            half_open(taken_at=LATER),
            "working-fails",
            "does not work: half-open-stream-409",
            id="two broken ones",
        ),
        pytest.param(
            report(), report(taken_at=LATER), "both-sound", "Neither side", id="sound"
        ),
        pytest.param(
            half_open(),
            report(without=("reopen", "hold", "open", "session")),
            "not-known",
            "could not tell whether it works",
            id="a working side that is not known",
        ),
        pytest.param(half_open(), report(), "fit", "", id="fit"),
        pytest.param(
            half_open(target=Target(url="https://mcp.example/mcp")),
            report(target=Target(url="http://mcp.example:80/mcp/")),
            "fit",
            "",
            id="one host by http and https",
        ),
    ],
)
def test_whether_they_can_be_compared_comes_first(
    broken: Report, working: Report, fitness: Fitness, says: str
) -> None:
    found = compare_reports(broken, working)

    assert found.comparable.fitness == fitness, found.comparable.says
    assert says in found.says
    assert found.says.startswith(found.comparable.says)
    if fitness != "fit":
        assert found.change_first == ""
        assert not any(each.change for each in found.differences)


def test_one_service_in_two_ways_is_for_the_person_to_say() -> None:
    pair = half_open(), report(target=ELSEWHERE)

    assert compare_reports(*pair).change_first == ""
    assert compare_reports(*pair, same_service=True).change_first


def test_what_harms_nobody_is_an_example_all_the_same() -> None:
    working = report()
    verdict = working.verdict.model_copy(
        update={
            "outcome": "cause-present",
            "causes": ("get-not-implemented-404",),
            "impact": "cosmetic",
        }
    )

    found = compare_reports(
        half_open(), working.model_copy(update={"verdict": verdict})
    )

    assert found.comparable.is_fit
    assert any("harms nobody (get-not-implemented-404)" in n for n in found.notes)


def test_days_and_watches_between_them_are_said() -> None:
    longer = Intake(url=URL, hold_s=60)
    found = compare_reports(half_open(), report(intake=longer, taken_at=LATER))

    assert any("taken 1 day apart" in note for note in found.notes)
    assert any("for 3 s, the working one for 60 s" in note for note in found.notes)


def test_the_leading_cause_comes_first_then_what_it_rests_on() -> None:
    found = compare_reports(half_open(), report())

    assert found.differences[0].what == "Cause half-open-stream-409"
    assert (found.differences[0].broken, found.differences[0].working) == (
        "present",
        "absent",
    )
    both = "GET again after our close and GET again after we vanished"
    assert names(found)[1] == both
    assert [each.rank for each in found.differences] == list(
        range(1, len(found.differences) + 1)
    )


def test_the_hop_that_one_way_lacks_is_changed_first() -> None:
    """Edge against origin: the address differs too, but the hop bears on the cause."""
    edge = beside(half_open(), hops("Cloudflare", "nginx"))
    origin = beside(report(target=Target(url="http://10.0.0.7/mcp")), hops("nginx"))

    found = compare_reports(edge, origin, same_service=True)

    assert found.change_first.startswith("Intermediaries that left traces: ")
    assert "Cloudflare, nginx" in found.change_first
    assert found.says.endswith(found.change_first)
    (address,) = [d for d in found.differences if d.what == "Server address"]
    assert address.kind == "setting"


def test_without_a_setting_the_first_fix_is_the_change() -> None:
    broken = half_open()
    fix = next(
        f.fixes[0] for f in broken.findings if f.cause == broken.verdict.causes[0]
    )

    found = compare_reports(broken, report())

    assert not any(each.change for each in found.differences)
    assert found.change_first == f"{fix.where}: {fix.what}"


@pytest.mark.parametrize(
    ("one_s", "one", "other_s", "other", "expected"),
    [
        (60.2, End.RESET, 130.0, End.WATCHED, True),
        (60.2, End.RESET, 61.0, End.WATCHED, None),
        (60.2, End.RESET, 60.9, End.RESET, False),
        (60.2, End.RESET, 125.0, End.RESET, True),
        (60.2, End.RESET, 60.2, End.COMPLETE, True),
        (60.0, End.WATCHED, 130.0, End.WATCHED, False),
    ],
    ids=[
        "cut against held",
        "not watched for as long",
        "cut alike",
        "cut later",
        "cut in another way",
        "both held",
    ],
)
def test_life_of_a_stream(
    one_s: float, one: End, other_s: float, other: End, *, expected: bool | None
) -> None:
    first, second = samples.stream(one_s, one), samples.stream(other_s, other)

    found = compare_reports(
        report(samples.hold(first, first)), report(samples.hold(second, second))
    )

    named = "Life of a silent stream"
    gaps = [gap for gap in found.not_compared if gap.startswith(named)]
    assert (named in names(found), bool(gaps)) == (expected is True, expected is None)


def test_what_only_one_found_out_is_a_gap() -> None:
    """A probe that did not run is neither equal nor different."""
    found = compare_reports(report(without=("reopen",)), report())

    assert "GET again after our close" in found.not_compared
    assert "GET again after our close" not in names(found)


def test_swapped_sides_are_compared_the_other_way_round() -> None:
    swapped = compare_reports(report(), half_open())
    right = compare_reports(half_open(), report())

    assert swapped.comparable.swapped
    assert swapped.says.startswith("The two sides look swapped")
    assert swapped.differences == right.differences
    assert swapped.change_first == right.change_first
    assert not right.comparable.swapped


def test_an_interrupted_run_is_named() -> None:
    interrupted = compare_reports(half_open(interrupted=True), report())
    assert any("interrupted" in note for note in interrupted.notes)


def test_the_client_version_is_a_setting_only_where_both_are_known() -> None:
    old, new = (
        Intake(url=URL, client="claude-code", client_version=v, hold_s=3)
        for v in ("2.1.120", "2.1.153")
    )

    both = compare_reports(half_open(intake=old), report(intake=new))
    one = compare_reports(half_open(intake=old), report())

    assert "Client" in names(both)
    assert "Client" in one.not_compared


def test_no_secret_of_a_saved_report_comes_out() -> None:
    told = compare_reports(leaking(), report()).model_dump_json()

    # What has no shape of a secret is hidden where it is captured, by its value.
    shaped = {name: text for name, text in CANARIES.items() if name != "env"}
    assert not [name for name, secret in shaped.items() if secret in told]


def test_braces_in_a_value_are_text() -> None:
    wild = report(target=Target(url="https://a.example/{working}/mcp"))

    assert filled("Use {working} for {broken}.", "{working}", "a{v2}") == (
        "Use a{v2} for {working}."
    )
    assert "{working}" in compare_reports(wild, report()).says


@pytest.mark.parametrize(
    ("failing", "sound", "says"),
    [
        pytest.param(("nginx",), (), "Go round it once", id="a hop to leave"),
        pytest.param((), ("nginx",), "Take the working way once", id="a hop to take"),
        pytest.param(("nginx",), ("Envoy",), "Envoy on the working", id="another hop"),
    ],
)
def test_what_is_to_be_changed_can_be_done(
    failing: tuple[str, ...], sound: tuple[str, ...], says: str
) -> None:
    found = compare_reports(
        beside(half_open(), hops(*failing)), beside(report(), hops(*sound))
    )

    assert says in found.change_first
    assert "none" not in found.change_first


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "streamtriage", "compare", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_rehearsal_is_not_compared_with_a_run_in_earnest(tmp_path: Path) -> None:
    rehearsed = half_open().model_copy(update={"rehearsal": True})
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    one.write_text(rehearsed.model_dump_json(), encoding="utf-8")
    other.write_text(report().model_dump_json(), encoding="utf-8")

    mixed = run(str(one), str(other), "--json", str(tmp_path / "out.json"))
    sound = tmp_path / "sound.json"
    sound.write_text(report(rehearsal=True).model_dump_json(), encoding="utf-8")
    alike = run(str(one), str(sound))

    assert mixed.returncode == 2
    assert "is of a rehearsal on this tool's own server" in mixed.stderr
    assert not (tmp_path / "out.json").exists()
    assert alike.returncode == 0
    assert "Both are rehearsals: nothing here is about your server." in alike.stdout


def test_the_command_takes_two_of_one_kind(tmp_path: Path) -> None:
    """Reports as well as snapshots; one of each is refused in words."""
    broken, working = tmp_path / "broken.json", tmp_path / "working.json"
    broken.write_text(half_open().model_dump_json(), encoding="utf-8")
    working.write_text(report().model_dump_json(), encoding="utf-8")
    machine = tmp_path / "machine.json"
    taken = snapshot(look(tmp_path, {}, tmp_path, run_versions=False))
    machine.write_text(taken.model_dump_json(), encoding="utf-8")
    odd = tmp_path / "odd.json"
    odd.write_text('{"schema_version": "1.0"}', encoding="utf-8")

    both = run(str(broken), str(working))
    as_json = run(str(broken), str(working), "--json", "-")
    twice = run(str(broken), str(broken))
    mixed = run(str(broken), str(machine))
    cut_off = run(str(odd), str(working))

    assert both.returncode == 0, both.stderr
    assert "1. Cause half-open-stream-409 (cause): present / absent." in both.stdout
    told = Comparison.model_validate(json.loads(as_json.stdout))
    assert told.differences[0].what == "Cause half-open-stream-409"
    assert (twice.returncode, "given twice" in twice.stdout) == (3, True)
    assert mixed.returncode == 2
    assert "give two of one kind" in mixed.stderr
    assert cut_off.returncode == 2
    assert "is a report that cannot be read: at tool" in cut_off.stderr


def test_the_command_says_in_chinese_which_kinds_it_was_given(tmp_path: Path) -> None:
    """Its refusals and kinds of differences too; what is kept stays English."""
    broken, working = tmp_path / "broken.json", tmp_path / "working.json"
    broken.write_text(half_open().model_dump_json(), encoding="utf-8")
    working.write_text(report().model_dump_json(), encoding="utf-8")
    machine = tmp_path / "machine.json"
    taken = snapshot(look(tmp_path, {}, tmp_path, run_versions=False))
    machine.write_text(taken.model_dump_json(), encoding="utf-8")
    odd = tmp_path / "odd.json"
    odd.write_text('{"schema_version": "1.0"}', encoding="utf-8")
    chinese = ("--lang", "zh-CN")

    kept = run(str(broken), str(working), "--json", "-", *chinese)
    shown = run(str(broken), str(working), *chinese)
    mixed = run(str(broken), str(machine), *chinese)
    cut_off = run(str(odd), str(working), *chinese)

    assert kept.stdout == run(str(broken), str(working), "--json", "-").stdout
    for kind in get_args(DifferenceKind):
        assert f"({kind})" not in shown.stdout
    for refused in (mixed.stderr, cut_off.stderr):
        assert "a report" not in refused
        assert "a snapshot" not in refused
        assert "一份" in refused


def test_values_of_a_comparison_are_said_in_the_language() -> None:
    """What a cause is, a setting that there is not, a failure, and what to change."""
    proxy = Target(url="https://mcp.example/mcp", proxy="http://proxy.example:1")
    gone = samples.refusal(None, failure=Failure.RESET)
    failed = samples.case(
        samples.reach(failure=Failure.DNS_NOT_FOUND), samples.opened(live=gone)
    )
    english = observed(failed)
    with speaking("zh-CN"):
        found = compare_reports(half_open(target=proxy), report())
        chinese = observed(failed)

    shown = [(one.broken, one.working) for one in found.differences]
    assert shown[0] == ("存在", "已排除")
    assert ("http://proxy.example:1", "无") in shown
    assert found.change_first.startswith("客户端的代理")
    assert not re.search(r"[.:] |\u3002 ", found.says)
    assert english["The server is reached"] == "no: dns-not-found"
    assert chinese["可以连接服务器"].startswith("否")
    assert "dns-not-found" not in chinese["可以连接服务器"]
    assert "reset" not in chinese.values()
    assert "reset" in english.values()


def test_lists_of_a_comparison_are_said_in_the_language() -> None:
    """What differs in one way, and the times of a source, are joined as it joins."""
    with speaking("zh-CN"):
        found = compare_reports(half_open(), report())
        alike = resemblances(half_open())

    merged = [one.what for one in found.differences if one.what.count("GET") > 1]
    times = [each.because for each in alike if "305 s" in each.because]
    assert merged
    assert times
    assert [text for text in (*merged, *times) if " and " in text] == []
