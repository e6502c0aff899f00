"""HTTP+SSE of revision 2024-11-05: asked as its clients do, judged as other streams."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest

from byte_server import ByteServer, McpBytes, response
from old_server import OldServer
from streamtriage.model import HttpSseEvidence, Intake, LocalEvidence, Report
from streamtriage.triage import judge_again, triage
from streamtriage.workstation.inspect import look

if TYPE_CHECKING:
    from pathlib import Path

    from first_answers import FirstAnswer

# The first test of those that share servers waits for all of them.
pytestmark = [pytest.mark.anyio, pytest.mark.timeout(600)]

SAYS_SSE = "ERROR:mcp.client.sse:Error in sse_reader"
LOST = "Error POSTing to endpoint (HTTP 404): Session not found"


def seen_of(report: Report) -> HttpSseEvidence:
    return next(e for e in report.evidence if isinstance(e, HttpSseEvidence))


async def asked(
    server: ByteServer, error: str = SAYS_SSE, hold_s: float = 3.0, **more: str
) -> Report:
    intake = Intake(url=server.url, error=error, hold_s=hold_s, **more)  # type: ignore[arg-type]
    return (
        await triage(intake, environ={}, answer_patience_s=3, head_patience_s=1.0)
    ).shown


# --- what a client of it meets --------------------------------------------------------


async def test_sound_server_is_healthy_for_its_own_client(
    first_answer: FirstAnswer,
) -> None:
    async with OldServer(every_s=0.4) as server:
        report = await asked(server)

    session = seen_of(report).sessions[0]
    first_answer(report, fits=report.verdict.outcome == "healthy")
    assert session.revision == "2024-11-05"
    assert session.post is not None
    assert session.post_s is not None
    assert session.ended_by == "client-fin"
    assert session.after is not None
    assert session.after.status == 404
    assert judge_again(report).verdict == report.verdict


async def test_ids_of_sessions_are_hidden() -> None:
    async with OldServer() as server:
        report = await asked(server, hold_s=0)

    assert "5e55-" not in report.model_dump_json()
    assert seen_of(report).sessions[0].endpoint.endswith("hidden>")


@pytest.mark.parametrize(
    ("faults", "cause"),
    [
        ({"total_s": 1.6, "every_s": 0.3}, "platform-max-request-300s"),
        ({"total_s": 1.6, "every_s": 0.3, "end": "clean"}, "platform-max-request-300s"),
        ({"idle_s": 1.5}, "lb-idle-60s"),
        ({"idle_s": 1.5, "end": "fin"}, "lb-idle-60s"),
        ({"total_s": 0.2}, "instant-close-flap"),
    ],
    ids=["a total, busy", "a total, polite", "an idle limit", "idle, FIN", "a flap"],
)
async def test_its_streams_are_judged_by_the_same_limits(
    faults: dict[str, object], cause: str, first_answer: FirstAnswer
) -> None:
    async with OldServer(**faults) as server:  # type: ignore[arg-type]
        report = await asked(server, hold_s=3.0)

    first_answer(report, fits=report.verdict.lead == cause)
    assert "legacy-sse-url-as-http" not in report.verdict.causes
    assert "session lives as long as its stream" in report.verdict.summary
    assert report.verdict.impact == "fatal"


async def test_text_of_somebody_who_was_connected_says_it(
    first_answer: FirstAnswer,
) -> None:
    """Who lost a session had one, and only this transport is served there."""
    async with OldServer(total_s=1.6) as server:
        report = await asked(server, LOST)

    first_answer(report, fits="legacy-sse-url-as-http" not in report.verdict.causes)
    assert "(404 Not Found" in report.verdict.summary
    assert "new stream and initialize again" in report.verdict.summary


async def test_without_a_word_the_client_is_one_of_the_newer(
    first_answer: FirstAnswer,
) -> None:
    async with OldServer(total_s=1.6) as server:
        report = await asked(server, "")

    first_answer(report, fits=report.verdict.causes == ("legacy-sse-url-as-http",))
    assert "a session was opened" in report.verdict.summary


@pytest.mark.parametrize(
    ("faults", "cause", "words"),
    [
        (
            {"named": "/elsewhere?sid={}"},
            "http-sse-endpoint-refused",
            "were refused as well",
        ),
        (
            {"named": "http://127.0.0.1:1/say?sid={}"},
            "http-sse-endpoint-refused",
            "another origin",
        ),
        ({"answers": "never"}, "http-sse-reply-missing", "did not come on the stream"),
        ({"answers": "post"}, "http-sse-reply-missing", "in the POST itself"),
    ],
    ids=["refused", "another origin", "never answered", "answered in the POST"],
)
async def test_endpoints_that_do_not_serve(
    faults: dict[str, object], cause: str, words: str, first_answer: FirstAnswer
) -> None:
    async with OldServer(**faults) as server:  # type: ignore[arg-type]
        report = await asked(server, hold_s=0)

    first_answer(report, fits=report.verdict.causes == (cause,))
    assert words in report.verdict.summary


async def test_nothing_is_sent_to_another_origin() -> None:
    async with OldServer() as other, OldServer() as server:
        server.named = f"http://127.0.0.1:{other.port}/say?sid={{}}"
        await asked(server, hold_s=0)

        assert other.requests == []


async def test_stream_without_an_endpoint_is_not_that_transport(
    first_answer: FirstAnswer,
) -> None:
    async with OldServer(named="") as server:
        server.named = "\n"
        report = await asked(server, hold_s=0)

    first_answer(report, fits="http-sse-reply-missing" in report.verdict.causes)


# --- a config that names the other transport ------------------------------------------

PLACES = {
    "claude-code": (".claude.json", "mcpServers", {"type": "sse", "url": "URL"}),
    "cursor": (".cursor/mcp.json", "mcpServers", {"type": "sse", "url": "URL"}),
    "windsurf": (
        ".codeium/windsurf/mcp_config.json",
        "mcpServers",
        {"type": "sse", "serverUrl": "URL"},
    ),
    "gemini-cli": (".gemini/settings.json", "mcpServers", {"url": "URL"}),
    "vscode": (
        ".config/Code/User/mcp.json",
        "servers",
        {"type": "sse", "url": "URL"},
    ),
}
OWN_FORM = {
    "claude-code": "claude mcp add --transport http team",
    "cursor": '{"mcpServers": {"team": {"url": "http://127.0.0.1:',
    "windsurf": '{"mcpServers": {"team": {"serverUrl": "http://127.0.0.1:',
    "gemini-cli": '{"mcpServers": {"team": {"httpUrl": "http://127.0.0.1:',
}


def home_of(client: str, url: str, folder: Path) -> LocalEvidence:
    """Lay out one client's own file, and look at that home."""
    path, key, entry = PLACES[client]
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({key: {"team": entry}}).replace("URL", url)
    file.write_text(text, encoding="utf-8")
    elsewhere = folder / "work"
    elsewhere.mkdir()
    found = look(folder, {"HOME": str(folder)}, elsewhere, run_versions=False)
    assert isinstance(found, LocalEvidence)
    return found


# Which server is asked as which client, and whose entry its machine holds.
NEWER, OLDER, NEITHER = "newer", "older", "neither"
OF_ANOTHER = ("cursor", "claude-code", NEWER)
ASKS_NEWER_FIRST = ("vscode", "vscode", NEWER)
OF_NEITHER = ("claude-code", "claude-code", NEITHER)
ENTRIES = [
    *((client, client, NEWER) for client in OWN_FORM),
    *((client, client, OLDER) for client in ("claude-code", "cursor", "gemini-cli")),
    *(OF_ANOTHER, ASKS_NEWER_FIRST, OF_NEITHER),
]
# They wait most of the time.
AT_ONCE = 4
Entries = dict[tuple[str, str, str], Report]


def served(kind: str) -> ByteServer:
    if kind == OLDER:
        return OldServer(every_s=0.4)
    if kind == NEWER:
        return ByteServer(route=McpBytes())
    return ByteServer(script=(response(404, "Not Found", b"x"),))


@pytest.fixture(scope="module")
async def entries(
    anyio_backend: str, tmp_path_factory: pytest.TempPathFactory
) -> Entries:
    """Return what is said of each, each asked once at a server of its own."""
    assert anyio_backend == "asyncio"
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(whose: str, client: str, kind: str) -> Report:
        async with gate, served(kind) as server:
            local = home_of(whose, server.url, tmp_path_factory.mktemp("home"))
            intake = Intake(url=server.url, client=client, hold_s=0)
            return (await triage(intake, environ={}, local=local)).shown

    found = await asyncio.gather(*(one(*each) for each in ENTRIES))
    return dict(zip(ENTRIES, found, strict=True))


@pytest.mark.parametrize("client", OWN_FORM)
async def test_entry_that_means_sse_for_the_newer_transport(
    client: str, entries: Entries, first_answer: FirstAnswer
) -> None:
    report = entries[client, client, NEWER]

    verdict = report.verdict
    first_answer(report, fits="config-http-url-as-sse" in verdict.causes)
    assert (verdict.owner, verdict.impact) == ("client", "fatal")
    lead = next(f for f in report.findings if f.cause == verdict.lead)
    assert OWN_FORM[client] in lead.fixes[0].paste
    assert PLACES[client][0] in lead.fixes[0].where
    assert '"type": "http"' not in "".join(fix.paste for fix in lead.fixes)


@pytest.mark.parametrize("client", ["claude-code", "cursor", "gemini-cli"])
async def test_entry_that_means_sse_for_a_server_of_it(
    client: str, entries: Entries, first_answer: FirstAnswer
) -> None:
    report = entries[client, client, OLDER]

    first_answer(report, fits=report.verdict.outcome == "healthy")


async def test_entry_of_another_client_accuses_nobody(
    entries: Entries, first_answer: FirstAnswer
) -> None:
    report = entries[OF_ANOTHER]

    first_answer(report, fits="config-http-url-as-sse" not in report.verdict.causes)


async def test_entry_of_a_client_that_asks_for_the_newer_first(
    entries: Entries, first_answer: FirstAnswer
) -> None:
    """VS Code sends a POST first whatever the type is, so it works."""
    report = entries[ASKS_NEWER_FIRST]

    verdict = report.verdict
    first_answer(report, fits=verdict.causes == ("config-http-url-as-sse",))
    assert verdict.impact == "cosmetic"
    assert "works all the same" in verdict.summary


async def test_server_of_neither_transport_is_no_mistake_of_the_entry(
    entries: Entries, first_answer: FirstAnswer
) -> None:
    report = entries[OF_NEITHER]

    first_answer(report, fits="config-http-url-as-sse" not in report.verdict.causes)
