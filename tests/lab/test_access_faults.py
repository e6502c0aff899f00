"""Faults of credentials, headers, replicas and resuming: each found, and alone."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from streamtriage.lab import scenario, serve
from streamtriage.triage import triage

if TYPE_CHECKING:
    from streamtriage.model import Report

FAULTS = (
    "accept-406",
    "asgi-lifespan-missing-500",
    "cors-preflight",
    "csharp-second-get-400",
    "event-id-rejected",
    "get-401-but-server-has-no-stream",
    "hidden-409-instant-close",
    "host-403",
    "host-421",
    "insufficient-scope-403",
    "last-event-id-500",
    "max-sessions-503",
    "mcp-go-400-session-already-exists",
    "multi-replica-no-affinity",
    "oauth-metadata-broken",
    "origin-403",
    "protocol-version-header-400",
    "resume-failed-200-empty",
    "rmcp-old-401-session",
    "session-503-or-200-error",
    "session-id-hijacked-by-error",
    "session-id-not-exposed",
    "session-idle-reaped",
    "stateless-transport-reused-500",
    "token-refresh-401-loop-v1",
    "waf-bot-403",
    "wrong-content-type-415-on-get",
)
SOUND = ("healthy-resumable", "healthy-in-browser")
ALL = (*FAULTS, *SOUND)


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    async def run() -> dict[str, Report]:
        gate = asyncio.Semaphore(5)

        async def one(name: str) -> tuple[str, Report]:
            async with gate:
                with serve(name) as lab:
                    return name, await triage(lab.intake)

        return dict(await asyncio.gather(*map(one, ALL)))

    return asyncio.run(run())


@pytest.mark.parametrize("name", ALL)
def test_fault_is_found_alone(name: str, reports: dict[str, Report]) -> None:
    """The fault's own cause is present and no other one is."""
    cause = scenario(name).cause
    verdict = reports[name].verdict

    assert verdict.causes == ((cause,) if cause else ()), verdict.summary
    assert verdict.outcome == ("cause-present" if cause else "healthy")


@pytest.mark.parametrize("name", ALL)
def test_no_probe_crashes(name: str, reports: dict[str, Report]) -> None:
    assert [e for e in reports[name].evidence if e.probe == "bug"] == []


@pytest.mark.parametrize("name", FAULTS)
def test_finding_can_be_acted_on(name: str, reports: dict[str, Report]) -> None:
    """What is present comes with text to paste, a probe to verify it, and a source."""
    finding = next(f for f in reports[name].findings if f.cause == name)

    assert finding.fixes
    assert all(fix.paste and fix.verify for fix in finding.fixes)
    assert finding.citations
    assert finding.look_alike != name


def test_missed_event_is_replayed(reports: dict[str, Report]) -> None:
    """After the id that came first, exactly what had followed it comes again."""
    seen = next(e for e in reports["healthy-resumable"].evidence if e.probe == "resume")

    assert seen.probe == "resume"
    assert seen.source == "post"
    assert seen.expected == 1
    assert [each.status for each in seen.resumed] == [200, 200]
    assert all(each.events >= 1 for each in seen.resumed)


def test_lab_token_is_written_nowhere(reports: dict[str, Report]) -> None:
    assert "lab-token" not in reports["token-refresh-401-loop-v1"].model_dump_json()
