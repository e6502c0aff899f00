"""The probes ask as the client that failed: whoever names it first, and says so."""

from __future__ import annotations

import pytest

from byte_server import ByteServer, McpBytes, Received, Script
from streamtriage.asking import as_client_reaches, choose_asking
from streamtriage.error_text.parse import parse
from streamtriage.model import Intake, LocalEvidence, RemoteServer, Signature
from streamtriage.report.story import asked_as
from streamtriage.transport.target import IntakeError, target_of
from streamtriage.triage import triage

URL = "https://mcp.example.com/mcp"
CODEX = (
    "ERROR rmcp::transport::streamable_http_client: fail to get common stream: "
    "unexpected server response: GET returned HTTP 502"
)


def local(client: str) -> LocalEvidence:
    entry = RemoteServer(client=client, name="x", scope="user", path="p", url=URL)
    return LocalEvidence(servers=(entry,))


@pytest.mark.parametrize(
    ("intake", "text", "found", "rows", "by"),
    [
        ({"client": "codex@0.171.0"}, "", None, "codex@0.171.0", "given"),
        ({"client": "Gemini CLI"}, "", local("Codex"), "gemini-cli@0.61.0", "given"),
        ({}, CODEX, local("Gemini CLI"), "codex@0.171.0", "text"),
        ({}, "", local("Gemini CLI"), "gemini-cli@0.61.0", "config"),
        ({}, "", None, "mcp-typescript@2.4.0", "default"),
        ({"client": "Cursor"}, "", None, "mcp-typescript@2.4.0", "given"),
    ],
)
def test_first_source_that_names_one_decides(
    intake: dict[str, str],
    text: str,
    found: LocalEvidence | None,
    rows: str,
    by: str,
) -> None:
    told = choose_asking(Intake(url=URL, **intake), parse(text), found, {})  # type: ignore[arg-type]

    assert (told.rows, told.by) == (rows, by)
    assert asked_as(told)
    assert (told.client == "") == (by == "default")


@pytest.mark.parametrize("name", ["foo-bar@1.0", "my own app@2"])
def test_unknown_rows_are_told_the_known_ones(name: str) -> None:
    with pytest.raises(IntakeError, match=r"claude-code.*gemini-cli.*vscode"):
        choose_asking(Intake(url=URL, client=name), Signature(), None, {})


@pytest.mark.parametrize("name", ["foo-bar", "my own app"])
def test_unknown_client_is_asked_for_as_the_default(name: str) -> None:
    """Who comes with a client that nobody has measured is helped all the same."""
    told = choose_asking(Intake(url=URL, client=name), Signature(), None, {})

    assert (told.by, told.client, told.not_known) == ("default", "", name)
    assert name in asked_as(told)


@pytest.mark.parametrize(
    ("client", "environ", "proxy"),
    [
        ("mcp-remote", {}, None),
        ("ai-sdk", {}, None),
        ("mcp-typescript", {"NODE_USE_ENV_PROXY": "1"}, "http://proxy:3128"),
        ("codex", {}, "http://proxy:3128"),
        ("", {}, "http://proxy:3128"),
    ],
)
def test_proxy_is_the_clients_own_matter(
    client: str, environ: dict[str, str], proxy: str | None
) -> None:
    env = {**environ, "HTTPS_PROXY": "http://proxy:3128"}
    intake = Intake(url=URL, client=client)
    told = choose_asking(intake, Signature(), None, env)

    assert as_client_reaches(target_of(intake, env), told, env).proxy == proxy


def test_http2_is_the_clients_own_matter() -> None:
    def offers(client: str, environ: dict[str, str] | None = None) -> bool:
        intake = Intake(url=URL, client=client)
        return choose_asking(intake, Signature(), None, environ or {}).http2

    assert offers("copilot-cli")
    assert offers("codex", {"SSL_CERT_FILE": "/a.pem"})
    assert not offers("codex")
    assert not offers("claude-code")


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("client", "agent"),
    [("claude-code", "claude-code/"), ("gemini-cli", "node"), ("codex", "codex")],
)
async def test_server_hears_the_client(client: str, agent: str) -> None:
    """Every POST of the own sequence bears its User-Agent."""
    mcp = McpBytes({})
    heard: list[str] = []

    def listening(request: Received) -> Script:
        heard.append(request.headers.get("user-agent", ""))
        return mcp(request)

    async with ByteServer(route=listening) as server:
        await triage(
            Intake(url=server.url, client=client, hold_s=0),
            environ={},
            only=["handshake"],
        )

    assert len(heard) >= 3
    assert all(each.startswith(agent) for each in heard)
