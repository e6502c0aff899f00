"""A sound server stays sound, whichever client it is asked as."""

from __future__ import annotations

import asyncio

import pytest

from streamtriage.knowledge.client_folders import client_names
from streamtriage.knowledge.client_requests import dialects_of
from streamtriage.lab import SCENARIOS, serve
from streamtriage.model import Intake, Report
from streamtriage.triage import triage

pytestmark = [pytest.mark.real(part="servers"), pytest.mark.timeout(600)]

SOUND = [each.name for each in SCENARIOS if each.cause is None]
ASKED_AS = sorted({row.key for name in client_names() for row in dialects_of(name)})
# The Inspector asks from a browser's page, which has to be let in.
IN_BROWSER = ("mcp-inspector@", "healthy-in-browser")
# They wait most of the time.
AT_ONCE = 5


async def ask_as_each(server: str, clients: list[str]) -> dict[str, Report]:
    gate = asyncio.Semaphore(AT_ONCE)
    with serve(server) as lab:

        async def one(client: str) -> Report:
            async with gate:
                intake = Intake(url=lab.intake.url, client=client, hold_s=2)
                return (await triage(intake, environ={})).shown

        reports = await asyncio.gather(*(one(client) for client in clients))
    return dict(zip(clients, reports, strict=True))


@pytest.mark.parametrize("server", SOUND)
def test_sound_server_is_sound_under_every_dialect(server: str) -> None:
    browser, page = IN_BROWSER
    clients = [c for c in ASKED_AS if server == page or not c.startswith(browser)]

    reports = asyncio.run(ask_as_each(server, clients))

    told = {c: (r.verdict.outcome, r.verdict.causes) for c, r in reports.items()}
    assert len(told) >= 18
    assert told == dict.fromkeys(clients, ("healthy", ()))
    assert {r.asked_as.rows for r in reports.values()} == set(clients)
