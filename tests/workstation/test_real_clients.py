"""Real clients in an empty home, a real fault, and then the tool without a URL."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from streamtriage.lab import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.real(part="clients"), pytest.mark.timeout(900)]

FAULT = "get-not-implemented-404"


def in_json(place: str, entry: dict[str, str]) -> Callable[[Path, str], None]:
    """Return what writes an entry of one server into a client's configuration."""

    def write(home: Path, url: str) -> None:
        path = home / place
        path.parent.mkdir(parents=True, exist_ok=True)
        servers = {"notes": {k: v.format(url=url) for k, v in entry.items()}}
        key = "mcp" if path.name == "opencode.json" else "mcpServers"
        path.write_text(json.dumps({key: servers}))

    return write


def in_toml(home: Path, url: str) -> None:
    (home / ".codex").mkdir()
    text = f'[mcp_servers.notes]\nurl = "{url}"\n'
    (home / ".codex" / "config.toml").write_text(text)


@dataclass(frozen=True)
class Real:
    """One client of npm, the command that makes it connect, and its configuration."""

    title: str
    package: str
    version: str
    command: tuple[str, ...]
    configure: Callable[[Path, str], None]


HTTP = {"type": "http", "url": "{url}"}
CLIENTS = {
    "claude-code": Real(
        "Claude Code",
        "@anthropic-ai/claude-code",
        "2.1.332",
        ("claude", "mcp", "list"),
        in_json(".claude.json", HTTP),
    ),
    "gemini-cli": Real(
        "Gemini CLI",
        "@google/gemini-cli",
        "0.61.0",
        ("gemini", "mcp", "list"),
        in_json(".gemini/settings.json", {"httpUrl": "{url}"}),
    ),
    "qwen-code": Real(
        "Qwen Code",
        "@qwen-code/qwen-code",
        "0.24.4",
        ("qwen", "mcp", "list"),
        in_json(".qwen/settings.json", {"httpUrl": "{url}"}),
    ),
    "codex": Real(
        "Codex", "@openai/codex", "0.171.0", ("codex", "mcp", "list"), in_toml
    ),
    "opencode": Real(
        "opencode",
        "opencode-ai",
        "1.18.33",
        ("opencode", "mcp", "list"),
        in_json(".config/opencode/opencode.json", {"type": "remote", "url": "{url}"}),
    ),
}


def installed(name: str, real: Real) -> Path:
    """Return the folder of a client's commands, kept for the next time."""
    kept = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = kept / "streamtriage-clients" / f"{name}-{real.version}"
    commands = folder / "node_modules" / ".bin"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (commands / real.command[0]).exists():
            npm = shutil.which("npm")
            if npm is None:
                pytest.fail("npm is missing; install Node.js with npm")
            quiet = ("--no-audit", "--no-fund", "--loglevel=error")
            wanted = f"{real.package}@{real.version}"
            subprocess.run(
                [npm, "install", "--prefix", str(folder), *quiet, wanted],
                check=True,
                timeout=600,
            )
    return commands


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serve(FAULT) as lab:
        yield lab.url


def outside(home: Path, commands: Path) -> dict[str, str]:
    return {
        "HOME": str(home),
        "PATH": f"{commands}:{os.environ['PATH']}",
        "NO_COLOR": "1",
        "DISABLE_AUTOUPDATER": "1",
        "OPENCODE_DISABLE_AUTOUPDATE": "1",
        "OPENCODE_DISABLE_MODELS_FETCH": "1",
        "GEMINI_CLI_TRUST_WORKSPACE": "true",
    }


@pytest.mark.parametrize("name", CLIENTS)
def test_the_tool_without_a_url_names_client_server_failure_and_cause(
    name: str, url: str, tmp_path: Path
) -> None:
    real = CLIENTS[name]
    commands = installed(name, real)
    project = tmp_path / "project"
    project.mkdir()
    real.configure(tmp_path, url)
    environ = outside(tmp_path, commands)
    shown = subprocess.run(
        real.command, cwd=project, env=environ, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    assert shown.returncode == 0, shown.stderr

    report, told = triaged(project, environ)

    assert f"notes of {real.title} {real.version} is asked: {url}" in told
    assert report["verdict"]["causes"][0] == FAULT
    assert report["intake"]["client"] == name
    assert "404" in report["verdict"]["summary"]


def triaged(project: Path, environ: dict[str, str]) -> tuple[dict[str, Any], str]:
    done = subprocess.run(
        [sys.executable, "-m", "streamtriage", "triage", "--hold", "0", "--json", "-"],
        cwd=project, env=environ, capture_output=True, text=True, timeout=300,
        check=False,
    )  # fmt: skip
    return json.loads(done.stdout), done.stderr
