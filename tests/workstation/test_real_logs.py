"""Real clients in an empty home, a real fault, and what their own logs then tell."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from real_clients.clients import Start, client_called
from real_clients.installing import Unavailable
from real_clients.model import StandIn
from real_clients.trial import environ_of
from streamtriage.knowledge.client_texts import title_of
from streamtriage.lab import serve

if TYPE_CHECKING:
    from pathlib import Path

    from real_clients.clients import RealClient

pytestmark = [pytest.mark.real(part="clients"), pytest.mark.timeout(600)]

FAULT = "tls-untrusted-ca"
PATIENCE_S = 90.0
CLIENTS = (
    "claude-code@2.1.332",
    "copilot-cli@1.0.102",
    "qwen-code@0.24.4",
    "cline@3.0.65",
    "opencode@1.18.33",
)
# Whose log says why; the others hide it.
TELLS = {"claude-code", "qwen-code", "cline"}
# Who writes the server's name into its log.
NAMED = {"claude-code", "qwen-code", "cline", "opencode"}


async def run(client: RealClient, home: Path, url: str) -> None:
    """Start a client, as its user would, until it ends or our patience does."""
    async with StandIn(1.0) as model:
        start = Start(client.install(), home, url, 1.0, model.url)
        launch = client.start(start)
        debug = ("-d",) if client.name == "qwen-code" else ()
        process = await asyncio.create_subprocess_exec(
            *launch.command,
            *debug,
            cwd=home,
            env=environ_of(launch, start),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(PATIENCE_S):
                await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


def asked(home: Path, path: str, *arguments: str) -> tuple[dict[str, Any], str]:
    """Run the tool in that home, without a URL, and return its JSON and its news."""
    done = subprocess.run(
        [sys.executable, "-m", "streamtriage", *arguments, "--json", "-"],
        cwd=home,
        env={"HOME": str(home), "PATH": path, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    return json.loads(done.stdout), done.stderr


@pytest.mark.parametrize("key", CLIENTS)
def test_its_log_names_client_server_and_failure_and_the_triage_the_cause(
    key: str, tmp_path: Path
) -> None:
    (client,) = client_called(key)
    try:
        commands = client.install() / "node_modules" / ".bin"
    except Unavailable as reason:
        pytest.skip(f"NOT PROVEN against real clients: {reason}")
    title, path = title_of(client.name), f"{commands}:/usr/bin:/bin"
    with serve(FAULT) as lab:
        asyncio.run(run(client, tmp_path, lab.url))
        own = {"type": "http", "url": lab.url}
        if client.name == "claude-code":
            config = {"mcpServers": {"faulty": own}}
            (tmp_path / ".claude.json").write_text(json.dumps(config))
        report, news = asked(tmp_path, path, "triage", "--hold", "0")
        history, _ = asked(tmp_path, path, "history")

    assert f"faulty of {title}" in news
    assert "its log tells of 1 failure" in news
    assert report["intake"]["client"] == client.name
    assert report["verdict"]["causes"][0] == FAULT
    (server,) = history["servers"]
    log = server["log"]
    assert (log["client"], log["connect_failures"]) == (title, 1)
    assert (log["server"] == "faulty") == (client.name in NAMED)
    assert log["signature"]["half"] == "connect"
    why = "incomplete-chain" if client.name in TELLS else "hidden"
    assert log["signature"]["certificate"] == why
