"""The flow: interim verdicts, cancelling, judging again."""

from __future__ import annotations

import asyncio
import errno
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from byte_server import ByteServer, McpBytes, Received
from streamtriage.lab import serve
from streamtriage.model import HoldEvidence, Intake, Report
from streamtriage.probes import PROBES
from streamtriage.transport.target import IntakeError
from streamtriage.triage import Progress, judge_again, triage

if TYPE_CHECKING:
    from streamtriage.redaction import Redacted

pytestmark = pytest.mark.anyio


@dataclass
class Visited:
    """One triage of a sound server, and all that was told on either side."""

    report: Report
    interim: list[Report]
    told: list[Progress]
    requests: list[Received]
    mcp: McpBytes


async def visit(secret: str) -> Visited:
    interim: list[Redacted[Report]]
    mcp, interim, told = McpBytes(), [], list[Progress]()
    async with ByteServer(route=mcp) as server:
        report = (
            await triage(
                Intake(url=server.url, hold_s=0, auth_env="TOKEN"),
                environ={"TOKEN": secret},
                on_interim=interim.append,
                on_progress=told.append,
            )
        ).shown
    return Visited(report, [each.shown for each in interim], told, server.requests, mcp)


@pytest.fixture(scope="module")
async def visits(anyio_backend: str) -> tuple[Visited, Visited]:
    """Two triages of two sound servers, side by side, each with a secret of its own."""
    assert anyio_backend == "asyncio"
    first, second = await asyncio.gather(visit("canary-1"), visit("canary-2"))
    return first, second


Visits = tuple[Visited, Visited]


async def test_sound_server_is_healthy(visits: Visits) -> None:
    assert [each.report.verdict.outcome for each in visits] == ["healthy"] * 2


async def test_interim_verdict_comes_before_the_watch_is_over(visits: Visits) -> None:
    (interim,) = visits[0].interim
    report = visits[0].report

    assert interim.took_s < report.took_s
    assert not [e for e in interim.evidence if isinstance(e, HoldEvidence)]
    assert "watch-not-over" in {gap.kind for gap in interim.verdict.gaps}
    assert "watch-not-over" not in {gap.kind for gap in report.verdict.gaps}


async def test_progress_names_each_phase_once(visits: Visits) -> None:
    phases = [each.phase for each in visits[0].told if each.left_s is None]

    assert phases[0].startswith("Reaching the server")
    assert len(phases) == len(set(phases)) >= 4


async def test_sessions_we_opened_are_deleted_and_no_other(visits: Visits) -> None:
    for each in visits:
        assert sorted(each.mcp.deleted) == sorted(each.mcp.issued)
        assert len(each.mcp.issued) >= 5


async def test_last_event_id_is_never_sent_without_an_id(visits: Visits) -> None:
    assert not [r for r in visits[0].requests if "last-event-id" in r.headers]


async def test_each_request_carries_only_its_own_secret(visits: Visits) -> None:
    """Two triages side by side share nothing, and neither report shows a secret."""
    carried = [{r.headers["authorization"] for r in v.requests} for v in visits]

    assert carried == [{"Bearer canary-1"}, {"Bearer canary-2"}]
    assert not [v for v in visits if "canary" in v.report.model_dump_json()]


def assert_judged_the_same(report: Report) -> None:
    saved = Report.model_validate_json(report.model_dump_json())
    again = judge_again(saved)

    assert saved == report
    assert again.findings == report.findings
    assert again.verdict == report.verdict
    assert again.predicted_text == report.predicted_text


async def test_saved_report_of_a_sound_server_is_judged_the_same(
    visits: Visits,
) -> None:
    assert_judged_the_same(visits[0].report)


@pytest.mark.parametrize(
    "name",
    [
        "tcp-refused-server-down",
        "rate-limit-429",
        "get-200-html-or-json",
        "modern-only-server",
    ],
)
async def test_saved_report_of_a_fault_is_judged_the_same(name: str) -> None:
    """A report that went through JSON gives the same findings without a network."""
    with serve(name) as lab:
        assert_judged_the_same((await triage(lab.intake, environ={})).shown)


async def test_cancelled_hold_returns_at_once_and_says_so() -> None:
    stop = asyncio.Event()
    mcp = McpBytes()
    async with ByteServer(route=mcp) as server:
        loop = asyncio.get_running_loop()
        cancelled: list[float] = []

        def cancel(_report: Redacted[Report]) -> None:
            cancelled.append(loop.time())
            stop.set()

        report = (
            await triage(
                Intake(url=server.url, hold_s=600.0),
                environ={},
                on_interim=cancel,
                cancel=stop,
            )
        ).shown
        took = loop.time() - cancelled[0]
        await server.wait_ended(server.connections)

    assert took < 100.0  # of a hold of 600 s
    assert report.interrupted
    (hold,) = (e for e in report.evidence if isinstance(e, HoldEvidence))
    assert all((watch.stream.lived_s or 0) > 0.2 for watch in hold.watches)
    assert sorted(mcp.deleted) == sorted(mcp.issued)


async def test_cancelled_probe_that_hangs_is_left_after_its_grace() -> None:
    """Nothing of ours stays open on the server, though an answer never came."""
    stop = asyncio.Event()
    async with ByteServer() as server:
        asyncio.get_running_loop().call_later(0.3, stop.set)
        report = (
            await triage(
                Intake(url=server.url, hold_s=0),
                environ={},
                cancel=stop,
                answer_patience_s=30.0,
                head_patience_s=30.0,
            )
        ).shown
        await server.wait_ended(server.connections)

    assert report.interrupted
    assert report.took_s < 30.0  # the patience for an answer
    assert report.verdict.outcome == "could-not-tell"


async def test_unusable_intake_is_an_error_and_sends_nothing() -> None:
    with pytest.raises(IntakeError):
        await triage(Intake(url="nonsense"), environ={})


async def test_some_probes_alone_bring_what_they_build_on() -> None:
    """One GET needs a session, not the watch; what was left out is not judged."""
    with serve("get-not-implemented-404") as lab:
        report = (await triage(lab.intake, environ={}, only=("open",))).shown

    # Those that only sum up come along, where there is something to sum up.
    summing = {probe.name for probe in PROBES if probe.phase == "sum"}
    ran = [each.probe for each in report.evidence]
    assert [probe for probe in ran if probe not in summing] == [
        *("reach", "redirect", "era", "handshake", "open")
    ]
    assert "fingerprint" in ran
    assert report.verdict.causes == ("get-not-implemented-404",)


async def test_an_unknown_probe_is_refused_before_anything_is_sent() -> None:
    async with ByteServer(route=McpBytes()) as server:
        with pytest.raises(LookupError, match="There is no probe 'opne'"):
            await triage(Intake(url=server.url), environ={}, only=("opne",))

    assert server.requests == []


async def test_a_shortage_of_who_keeps_what_is_known_ends_no_run() -> None:
    """It is told at the end, where files can be opened again."""
    kept: list[Redacted[Report]] = []

    def keep(known: Redacted[Report]) -> None:
        kept.append(known)
        raise OSError(errno.EMFILE, "Too many open files")

    with serve("healthy-get-405") as lab:
        done = await triage(lab.intake, environ={}, on_seen=keep)

    assert kept
    assert done.shown.verdict.outcome == "tool-fault"
    assert "ulimit -n" in done.shown.verdict.summary


async def test_another_error_of_who_keeps_what_is_known_is_its_own() -> None:
    def keep(_known: Redacted[Report]) -> None:
        raise OSError(errno.EACCES, "Permission denied")

    with serve("healthy-get-405") as lab, pytest.raises(PermissionError):
        await triage(lab.intake, environ={}, on_seen=keep)
