"""A home full of secrets: none gets out, none is touched."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from streamtriage.comparison import compare_snapshots
from streamtriage.model import Tool
from streamtriage.workstation.candidates import prefill
from streamtriage.workstation.inspect import look_around
from streamtriage.workstation.snapshot import Snapshot, hosts_hidden

from .homes import LOGS, Home, claude_log

if TYPE_CHECKING:
    from pathlib import Path

    from streamtriage.model import LocalEvidence

CANARY = re.compile(r"canary[-_A-Za-z0-9]*", re.IGNORECASE)
BASE = "https://user-canary:pass-canary@mcp.example.test/mcp?key=query-canary#c-canary"
LONG = "Canary4PathSegmentWithMixedCase0123456789abcXYZ"


def jwt(expires: int) -> str:
    def part(value: object) -> str:
        raw = json.dumps(value).encode()
        return base64.urlsafe_b64encode(raw).decode().rstrip("=")

    return f"{part({'alg': 'none'})}.{part({'exp': expires, 'sub': 'canary'})}.canary"


ENVIRON = {
    "ANTHROPIC_API_KEY": "canary-anthropic-key-0001",
    "MCP_CLIENT_SECRET": "canary-client-secret-0002",
    "CLAUDE_CODE_CLIENT_KEY_PASSPHRASE": "canary-passphrase-0003",
    "HTTPS_PROXY": "http://canary-user:canary-word@proxy.example.test:3128",
    "NODE_OPTIONS": "--use-system-ca --require=/home/dev/canary-file.js",
    "GITHUB_TOKEN": "canary-github-token-0004",
    "MY_TOKEN": jwt(1_900_000_000),
    "MCP_TIMEOUT": "canary in a wrong place",
    "ANTHROPIC_BASE_URL": "https://canary:canary@gateway.example.test/canary",
}


def secret_home(base: Path) -> Home:
    """Return a home with a secret in every place where a client keeps one."""
    home = Home(base, environ=dict(ENVIRON))
    entry = {
        "type": "http",
        "url": BASE,
        "headers": {
            "Authorization": "Bearer canary-bearer-0005",
            "X-Api-Key": "canary-header-0006",
            "X-Default": "${UNSET:-canary-default-0007}",
        },
        "env": {"SOME_TOKEN": "canary-env-0008"},
        "headersHelper": "/bin/echo canary-helper-0009",
        "oauth": {"clientId": "canary-id", "clientSecret": "canary-oauth-0010"},
    }
    home.write(
        "{claude_json}",
        {
            "oauthAccount": {"emailAddress": "canary@example.test"},
            "primaryApiKey": "canary-primary-0011",
            "customApiKeyResponses": {"approved": ["canary-approved-0012"]},
            "mcpServers": {
                "notes": entry,
                "path": {"type": "http", "url": f"https://mcp.example.test/{LONG}/mcp"},
                "late": {"type": "http", "url": "https://${H:-canary-default}/mcp"},
                "stdio": {"command": "x", "args": ["--key", "canary-arg-0013"]},
            },
            "projects": {
                str(home.project): {
                    "history": [{"display": "canary-history-0014"}],
                    "mcpServers": {"mine": entry},
                }
            },
        },
    )
    home.write(
        "{claude_dir}/settings.json",
        {
            "apiKeyHelper": "echo canary-helper-0015",
            "env": {
                "ANTHROPIC_AUTH_TOKEN": "canary-settings-0016",
                "HTTP_PROXY": "http://canary:canary@proxy.example.test:1",
            },
        },
    )
    home.write("{claude_dir}/.credentials.json", {"accessToken": "canary-store-0017"})
    home.write("{home}/.mcp-auth/mcp-remote-0.1/x_tokens.json", {"t": "canary-0018"})
    home.write(
        "{claude_dir}/mcp-needs-auth-cache.json",
        {"notes": {"timestamp": 1_790_000_000_000, "token": "canary-cache-0019"}},
    )
    bridge = ["mcp-remote", BASE, "--header", "X-Api-Key: canary-bridge-0020"]
    wrapped = {"mcpServers": {"notes": {"command": "npx", "args": bridge}}}
    home.write("{home}/.cursor/mcp.json", wrapped)
    home.write("{code}/User/mcp.json", {"servers": {"notes": entry}})
    home.write(
        "{codex}/config.toml",
        '[mcp_servers.notes]\nurl = "https://mcp.example.test/mcp"\n'
        'http_headers = {"X-Key" = "canary-codex-0021"}\n',
    )
    home.write(
        "{config}/opencode/opencode.json",
        {"provider": {"apiKey": "canary-0022"}, "mcp": {"notes": entry}},
    )
    home.write("{home}/.gemini/settings.json", {"mcpServers": {"notes": entry}})
    home.write("{project}/.mcp.json", '{"mcpServers": {"x": "canary-broken-0023" oops')
    home.write(LOGS, secret_log())
    home.write(
        "{claude_dir}/debug/session.txt",
        "2026-11-22T10:00:00.000Z [DEBUG] "
        f'MCP server "notes": Initializing HTTP transport to {BASE}\n',
    )
    return home


def secret_log() -> str:
    options = {"url": BASE, "headers": {"X-Api-Key": "canary-log-0024"}}
    fail = "Connection error: Failed to reconnect SSE stream: "
    return claude_log(
        f"Initializing HTTP transport to {BASE}",
        f"HTTP transport options: {json.dumps(options)}",
        'Environment: {"HTTPS_PROXY":"http://canary:canary@proxy:1"}',
        "Successfully connected (transport: http) in 5ms",
        "Calling MCP tool: find",
        "HTTP connection dropped after 5s uptime",
        f"{fail}HTTP 401: Invalid OAuth error response: SyntaxError: bad. "
        "Raw body: unknown key canary-header-0006",
        f"{fail}Failed to open SSE stream: token=canary-reason-0025",
        f"{fail}Error dialing {BASE}",
    )


def tree(folder: Path) -> dict[str, str]:
    """Return a digest of every file, and of what it may have become."""
    found = {}
    for path in sorted(folder.rglob("*")):
        seen = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        digest = hashlib.sha256(content).hexdigest()
        found[str(path)] = f"{digest} {seen.st_mode} {seen.st_size} {seen.st_mtime_ns}"
    return found


def outputs(local: LocalEvidence) -> dict[str, str]:
    """Return everything that can be made of the evidence."""
    one = Snapshot(tool=Tool(version="0"), taken_at=datetime.now(UTC), local=local)
    bare = Snapshot(tool=one.tool, taken_at=one.taken_at, local=type(local)())
    return {
        "JSON": local.model_dump_json(),
        "repr": repr(local),
        "snapshot": one.model_dump_json(),
        "comparison": compare_snapshots(one, bare).model_dump_json(),
        "other way round": compare_snapshots(bare, one).model_dump_json(),
        "candidates": "".join(each.model_dump_json() for each in prefill(local)),
        "without hosts": hosts_hidden(local).model_dump_json(),
    }


def test_no_secret_is_in_any_output(tmp_path: Path) -> None:
    local = secret_home(tmp_path).look(token_variables=["MY_TOKEN"])

    leaked = {name: CANARY.findall(text) for name, text in outputs(local).items()}

    assert not any(leaked.values()), leaked
    assert len(local.servers) >= 7
    assert len(local.logs) == 1


def test_facts_of_secrets_are_told(tmp_path: Path) -> None:
    """What helps is there: that it is set, its form, its expiry if it was named."""
    local = secret_home(tmp_path).look(token_variables=["MY_TOKEN", "NOT_SET"])
    values = {v.name: v.value for v in local.variables if v.where == "environment"}

    assert values["ANTHROPIC_API_KEY"] == "set"
    assert values["HTTPS_PROXY"] == "http://proxy.example.test:3128"
    assert values["NODE_OPTIONS"] == "--use-system-ca"
    assert values["MCP_TIMEOUT"] == "set"
    assert values["ANTHROPIC_BASE_URL"] == "https://gateway.example.test"
    named, missing = local.account.named
    assert (named.form, named.expires) == ("jwt", "2030-03-17T17:46:40+00:00")
    assert not missing.given
    assert local.account.connectors_off_because == "ANTHROPIC_API_KEY"
    assert local.account.needs_auth[0].server == "notes"
    assert "claude.ai account" in local.account.methods


def test_stores_are_seen_and_never_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store's access time stays, and no file of one is ever opened."""
    home = secret_home(tmp_path)
    stores = [home.home / ".claude/.credentials.json", home.home / ".mcp-auth"]
    inner = home.home / ".mcp-auth/mcp-remote-0.1/x_tokens.json"
    for path in (*stores, inner):
        os.utime(path, (1_000_000_000, 1_000_000_000))
    opened: list[str] = []
    real = os.open

    def watching(path: object, *rest: object, **more: object) -> int:
        opened.append(str(path))
        return real(path, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", watching)
    local = home.look()

    assert local.account.stores == ("~/.claude/.credentials.json", "~/.mcp-auth")
    assert [path.stat().st_atime for path in (*stores, inner)] == [1_000_000_000] * 3
    assert opened
    assert not [p for p in opened if "credentials" in p or "mcp-auth" in p]


def test_no_file_is_changed(tmp_path: Path) -> None:
    home = secret_home(tmp_path)
    before = tree(tmp_path)

    home.look()

    assert tree(tmp_path) == before


def test_crash_shows_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever breaks while files are read, its traceback holds no value."""
    home = secret_home(tmp_path)
    monkeypatch.setattr(
        "streamtriage.workstation.config.entries.mistakes", lambda: None
    )

    with pytest.raises(TypeError) as broken:
        home.look()

    lines = traceback.format_exception(broken.value)
    assert not CANARY.findall("".join(lines))
    assert not CANARY.findall(repr(home.surroundings()))


def test_program_is_asked_in_an_empty_home(tmp_path: Path) -> None:
    """`--version` sees no secret and no file of the person's, and has a time limit."""
    home = secret_home(tmp_path)
    seen = tmp_path / "seen"
    program = tmp_path / "bin" / "claude"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\necho "$@" > {seen}\nenv >> {seen}\necho "2.1.197 (Claude Code)"\n'
    )
    program.chmod(0o755)
    home.environ["PATH"] = f"{program.parent}{os.pathsep}/usr/bin{os.pathsep}/bin"

    local = asked(home)

    text = seen.read_text()
    claude = next(c for c in local.clients if c.name == "Claude Code")
    assert claude.version == "2.1.197"
    assert text.startswith("--version\n")
    assert str(home.home) not in text
    assert not CANARY.findall(text)


def asked(home: Home) -> LocalEvidence:
    return look_around(home.surroundings(), run_versions=True)


def test_hanging_program_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home(tmp_path)
    program = tmp_path / "bin" / "claude"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\nexec sleep 60\n")
    program.chmod(0o755)
    home.environ["PATH"] = f"{program.parent}{os.pathsep}/usr/bin{os.pathsep}/bin"
    monkeypatch.setattr("streamtriage.workstation.programs.ASK_LIMIT_S", 0.2)

    local = asked(home)

    assert [(c.name, c.version) for c in local.clients] == [("Claude Code", "")]


def test_host_names_can_be_hidden(tmp_path: Path) -> None:
    local = hosts_hidden(secret_home(tmp_path).look())

    text = local.model_dump_json()
    assert "mcp.example.test" not in text
    assert "proxy.example.test" not in text
    assert re.search(r"https://[^\"]*host-[0-9a-f]{8}/mcp", text)


def test_ordinary_values_hide_nothing_else(tmp_path: Path) -> None:
    """A word or an address in an `env` block does not blot out the same text."""
    home = Home(tmp_path)
    url = "https://production.example.test/mcp"
    entry = {
        "type": "http",
        "url": url,
        "headers": {"X-Stage": "production"},
        "env": {"BASE": "https://production.example.test"},
    }
    home.write("{claude_json}", {"mcpServers": {"notes": entry}})
    proxy = {"HTTPS_PROXY": "http://proxy.example.test:3128"}
    home.write("{claude_dir}/settings.json", {"env": proxy})

    local = home.look()

    assert local.servers[0].url == url
    assert local.variables[0].value == "http://proxy.example.test:3128"
