"""Each client's configuration on each system: wrong shapes named, right ones silent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from .homes import HTTP, URL, Home

if TYPE_CHECKING:
    from pathlib import Path

    from streamtriage.model import LocalEvidence

CODE = "{code}/User/mcp.json"
CLINE = (
    "{code}/User/globalStorage/saoudrizwan.claude-dev/settings/cline_mcp_settings.json"
)
ROO = "{code}/User/globalStorage/rooveterinaryinc.roo-cline/settings/mcp_settings.json"
DESKTOP = {
    "linux": "{config}/Claude/claude_desktop_config.json",
    "macos": "{home}/Library/Application Support/Claude/claude_desktop_config.json",
    "windows": "{appdata}/Claude/claude_desktop_config.json",
}


def servers(**entries: Any) -> dict[str, Any]:
    return {"mcpServers": entries}


# What each client reads without complaint, with the place where it stands.
RIGHT: dict[str, tuple[str, str, Any]] = {
    "user": ("Claude Code", "{claude_json}", servers(notes=HTTP)),
    "streamable-http": (
        "Claude Code",
        "{claude_json}",
        servers(notes={"type": "streamable-http", "url": URL}),
    ),
    "an sse server": (
        "Claude Code",
        "{claude_json}",
        servers(notes={"type": "sse", "url": "https://mcp.example.test/sse"}),
    ),
    "a default": (
        "Claude Code",
        "{claude_json}",
        servers(notes={"type": "http", "url": "${BASE:-https://mcp.example.test}/mcp"}),
    ),
    "a header from a variable": (
        "Claude Code",
        "{claude_json}",
        servers(notes={**HTTP, "headers": {"Authorization": "Bearer ${SET}"}}),
    ),
    "Cursor": ("Cursor", "{home}/.cursor/mcp.json", servers(notes={"url": URL})),
    "Cursor in a project": (
        "Cursor",
        "{project}/.cursor/mcp.json",
        servers(notes={"url": URL, "headers": {"X-Key": "${env:SET}"}}),
    ),
    "VS Code": ("VS Code", CODE, {"servers": {"notes": HTTP}}),
    "VS Code with comments": (
        "VS Code",
        "{project}/.vscode/mcp.json",
        '{ // mine\n "servers": {"notes": {"type": "http", "url": "' + URL + '",},},}',
    ),
    "Cline": (
        "Cline",
        CLINE,
        servers(notes={"type": "streamableHttp", "url": URL, "timeout": 60}),
    ),
    "Roo Code": (
        "Roo Code",
        ROO,
        servers(notes={"type": "streamable-http", "url": URL}),
    ),
    "Roo Code in a project": (
        "Roo Code",
        "{project}/.roo/mcp.json",
        servers(notes={"type": "streamable-http", "url": URL}),
    ),
    "Windsurf": (
        "Windsurf",
        "{home}/.codeium/windsurf/mcp_config.json",
        servers(notes={"serverUrl": URL}),
    ),
    "Gemini CLI": (
        "Gemini CLI",
        "{home}/.gemini/settings.json",
        servers(notes={"httpUrl": URL}),
    ),
    "Codex": (
        "Codex",
        "{codex}/config.toml",
        f'[mcp_servers.notes]\nurl = "{URL}"\nbearer_token_env_var = "SET"\n',
    ),
    "opencode": (
        "opencode",
        "{config}/opencode/opencode.json",
        {"mcp": {"notes": {"type": "remote", "url": URL, "enabled": True}}},
    ),
    "mcp-remote": (
        "Cursor",
        "{home}/.cursor/mcp.json",
        servers(notes={"command": "npx", "args": ["-y", "mcp-remote@0.1.29", URL]}),
    ),
}


@pytest.mark.parametrize("system", ["linux", "macos", "windows"])
@pytest.mark.parametrize(("client", "place", "content"), RIGHT.values(), ids=RIGHT)
def test_right_shape_is_silent(
    client: str, place: str, content: Any, system: Any, tmp_path: Path
) -> None:
    """A right entry is found on each system, and nothing is said against it."""
    home = Home(tmp_path, system, {"SET": "x" * 20})
    home.write(place, content)

    local = home.look()

    (server,) = local.servers
    assert local.problems == ()
    assert (server.client, server.name, server.state) == (client, "notes", "wins")
    assert "mcp.example.test" in server.url or "${BASE}" in server.url
    assert client in [found.name for found in local.clients]


JSON = "{claude_json}"
SETTINGS = "{claude_dir}/settings.json"
WRONG: dict[str, tuple[str, str, Any]] = {
    "url without type": ("type-missing", JSON, servers(notes={"url": URL})),
    "unknown type": ("type-unknown", JSON, servers(notes={**HTTP, "type": "rest"})),
    "VS Code's key": ("wrong-key", "{project}/.mcp.json", {"servers": {"notes": HTTP}}),
    "in settings.json": ("wrong-file", SETTINGS, servers(notes=HTTP)),
    "in .claude/.mcp.json": (
        "wrong-file",
        "{project}/.claude/.mcp.json",
        servers(notes=HTTP),
    ),
    "in ~/.claude/mcp.json": (
        "wrong-file",
        "{claude_dir}/mcp.json",
        servers(notes=HTTP),
    ),
    "sse address as http": (
        "sse-url-as-http",
        JSON,
        servers(notes={**HTTP, "url": "https://mcp.example.test/sse"}),
    ),
    "variable not set": (
        "variable-unset",
        JSON,
        servers(notes={**HTTP, "headers": {"X-Key": "${UNSET}"}}),
    ),
    "variable in the address": (
        "variable-unset",
        JSON,
        servers(notes={**HTTP, "url": "https://${UNSET}/mcp"}),
    ),
    "another client's variable": (
        "variable-not-expanded",
        JSON,
        servers(notes={**HTTP, "headers": {"X-Key": "${env:SET}"}}),
    ),
    "a shell's variable": (
        "variable-not-expanded",
        JSON,
        servers(notes={**HTTP, "headers": {"Authorization": "Bearer $SET"}}),
    ),
    "Claude's variable in Cursor": (
        "variable-not-expanded",
        "{home}/.cursor/mcp.json",
        servers(notes={"url": URL, "headers": {"X-Key": "${SET}"}}),
    ),
    "a variable in Codex": (
        "variable-not-expanded",
        "{codex}/config.toml",
        f'[mcp_servers.notes]\nurl="{URL}"\nhttp_headers={{"X-Key"="${{SET}}"}}\n',
    ),
    "Codex's variable not set": (
        "variable-unset",
        "{codex}/config.toml",
        f'[mcp_servers.notes]\nurl="{URL}"\nbearer_token_env_var="UNSET"\n',
    ),
    "one name twice in a file": (
        "duplicate-name",
        JSON,
        '{"mcpServers": {"x": {"type": "sse", "url": "https://a/x"}, "x": {}}}'.replace(
            "{}", '{"type": "sse", "url": "https://b/x"}'
        ),
    ),
    "not approved": ("not-approved", "{project}/.mcp.json", servers(notes=HTTP)),
    "blank after the address": (
        "outer-blank",
        JSON,
        servers(notes={**HTTP, "url": URL + " "}),
    ),
    "blank after a token": (
        "outer-blank",
        JSON,
        servers(notes={**HTTP, "headers": {"Authorization": "Bearer abcdefgh "}}),
    ),
    "line break in a token": (
        "newline-in-value",
        JSON,
        servers(notes={**HTTP, "headers": {"Authorization": "Bearer abcdefgh\n"}}),
    ),
    "line break in the variable": (
        "newline-in-value",
        JSON,
        servers(notes={**HTTP, "headers": {"Authorization": "Bearer ${BROKEN}"}}),
    ),
    "no address": ("url-invalid", JSON, servers(notes={"type": "http", "url": ""})),
    "address without scheme": (
        "url-invalid",
        JSON,
        servers(notes={"type": "http", "url": "mcp.example.test/mcp"}),
    ),
    "blank inside the address": (
        "url-invalid",
        JSON,
        servers(notes={"type": "http", "url": "https://a.test/m cp"}),
    ),
    "seconds for milliseconds": (
        "too-small-timeout",
        JSON,
        servers(notes={**HTTP, "timeout": 60}),
    ),
    "broken JSON": ("unreadable", "{project}/.mcp.json", '{"mcpServers": {"notes": {'),
    "an entry that is a text": ("unreadable", JSON, servers(notes=URL)),
    "broken TOML": ("unreadable", "{codex}/config.toml", "[mcp_servers.notes\nurl="),
    "Claude's key in VS Code": ("wrong-key", CODE, servers(notes=HTTP)),
    "Claude's key in Codex": (
        "wrong-key",
        "{codex}/config.toml",
        f'[mcpServers.notes]\nurl = "{URL}"\n',
    ),
    "headers in Codex": (
        "wrong-key",
        "{codex}/config.toml",
        f'[mcp_servers.notes]\nurl = "{URL}"\nheaders = {{"X-A" = "b"}}\n',
    ),
    "Gemini's url": (
        "wrong-key",
        "{home}/.gemini/settings.json",
        servers(notes={"url": URL}),
    ),
    "Windsurf with Gemini's key": (
        "wrong-key",
        "{home}/.codeium/windsurf/mcp_config.json",
        servers(notes={"httpUrl": URL}),
    ),
    "Cursor with Windsurf's key": (
        "wrong-key",
        "{home}/.cursor/mcp.json",
        servers(notes={"serverUrl": URL}),
    ),
    "Cline without type": ("type-missing", CLINE, servers(notes={"url": URL})),
    "Cline with Claude's type": ("type-unknown", CLINE, servers(notes=HTTP)),
    "Roo Code without type": ("type-missing", ROO, servers(notes={"url": URL})),
    "opencode without type": (
        "type-missing",
        "{config}/opencode/opencode.json",
        {"mcp": {"notes": {"url": URL}}},
    ),
    "opencode with Claude's key": (
        "wrong-key",
        "{config}/opencode/opencode.json",
        servers(notes=HTTP),
    ),
    "remote in Claude Desktop": (
        "wrong-file",
        DESKTOP["linux"],
        servers(notes=HTTP),
    ),
}


@pytest.mark.parametrize("system", ["linux", "macos", "windows"])
@pytest.mark.parametrize(("kind", "place", "content"), WRONG.values(), ids=WRONG)
def test_wrong_shape_is_named(
    kind: str, place: str, content: Any, system: Any, tmp_path: Path
) -> None:
    """One mistake gives one problem, which says what it is and what to write."""
    home = Home(tmp_path, system, {"SET": "x" * 20, "BROKEN": "abcdefgh\n"})
    home.write(DESKTOP[system] if place == DESKTOP["linux"] else place, content)

    problems = home.look().problems

    assert [problem.kind for problem in problems] == [kind]
    assert problems[0].says.endswith(".")
    assert problems[0].fix
    assert problems[0].path.startswith("~/")


LINES: dict[str, tuple[str, str, int]] = {
    "JSON": (
        "{claude_json}",
        (
            '{\n "mcpServers": {\n  "good": {"type": "http", "url": "https://h.test/mcp"},\n'
            '  "bad": {\n   "url": "https://h.test/mcp"}}}'
        ),
        4,
    ),
    "JSON with comments": (
        CODE,
        (
            '{ /* two\nlines */ "servers": {\n// one\n"bad": {"type": "x", "url": '
            '"https://h.test/mcp"}}}'
        ),
        4,
    ),
    "TOML": (
        "{codex}/config.toml",
        '# mine\n\n[mcp_servers.bad]\nurl = "no address"\n',
        3,
    ),
    "a wrong key": ("{project}/.mcp.json", '{\n\n"servers": {}}', 3),
    "settings": ("{claude_dir}/settings.json", '{"env": {},\n"mcpServers": {}}', 2),
}


@pytest.mark.parametrize(("place", "text", "line"), LINES.values(), ids=LINES)
def test_the_line_of_a_mistake_is_named(
    place: str, text: str, line: int, tmp_path: Path
) -> None:
    home = Home(tmp_path)
    home.write(place, text)

    assert [problem.line for problem in home.look().problems] == [line]


@pytest.mark.parametrize(("version", "named"), [("2.1.118", 1), ("2.1.119", 0)])
def test_header_variable_needs_a_version(
    version: str, named: int, tmp_path: Path
) -> None:
    """Variables in headers are filled in from 2.1.119 on."""
    home = Home(tmp_path, environ={"SET": "x" * 20, "PATH": str(tmp_path / "bin")})
    program = tmp_path / "home/dev/.local/share/claude/versions" / version
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "claude").symlink_to(program)
    home.write(JSON, servers(notes={**HTTP, "headers": {"X-Key": "${SET}"}}))

    local = home.look()

    assert local.clients[0].version == version
    assert [p.kind for p in local.problems] == ["variable-not-expanded"] * named


# --- which entry wins -----------------------------------------------------------------


def other(host: str) -> dict[str, str]:
    return {"type": "http", "url": f"https://{host}.test/mcp"}


def states(local: LocalEvidence) -> dict[str, tuple[str, str]]:
    return {s.scope: (s.state, s.masked_by) for s in local.servers}


def claude_json(home: Home, local: Any = None, user: Any = None, **more: Any) -> None:
    content = {
        "oauthAccount": {"emailAddress": "canary@example.test"},
        "mcpServers": user or {},
        "projects": {str(home.project): {"mcpServers": local or {}, **more}},
    }
    home.write(JSON, content)


def test_local_entry_masks_the_others(tmp_path: Path) -> None:
    home = Home(tmp_path)
    claude_json(
        home,
        {"notes": other("a")},
        {"notes": other("c")},
        enabledMcpjsonServers=["notes"],
    )
    home.write("{project}/.mcp.json", servers(notes=other("b")))

    local = home.look()

    assert states(local) == {
        "local": ("wins", ""),
        "project": ("masked", "local"),
        "user": ("masked", "local"),
    }
    assert [p.kind for p in local.problems] == ["duplicate-name"] * 2


def test_same_entry_twice_is_no_mistake(tmp_path: Path) -> None:
    home = Home(tmp_path)
    claude_json(home, {"notes": other("a")}, {"notes": other("a")})

    local = home.look()

    assert states(local)["user"] == ("masked", "local")
    assert local.problems == ()


def test_unapproved_entry_masks_nothing(tmp_path: Path) -> None:
    """Measured: the person's own entry is used while the project's waits."""
    home = Home(tmp_path)
    claude_json(home, {}, {"notes": other("c")})
    home.write("{project}/.mcp.json", servers(notes=other("b")))

    assert states(home.look()) == {
        "project": ("not approved", ""),
        "user": ("wins", ""),
    }


APPROVALS = {
    "in ~/.claude.json": (JSON, None),
    "by name in settings": (SETTINGS, {"enabledMcpjsonServers": ["notes"]}),
    "all in local settings": (
        "{project}/.claude/settings.local.json",
        {"enableAllProjectMcpServers": True},
    ),
}


@pytest.mark.parametrize(("place", "content"), APPROVALS.values(), ids=APPROVALS)
def test_approved_entry_wins(place: str, content: Any, tmp_path: Path) -> None:
    home = Home(tmp_path)
    if content is None:
        claude_json(home, enabledMcpjsonServers=["notes"])
    else:
        home.write(place, content)
    home.write("{project}/.mcp.json", servers(notes=other("b")))

    local = home.look()

    assert states(local) == {"project": ("wins", "")}
    assert local.problems == ()


def test_rejected_and_disabled_are_told(tmp_path: Path) -> None:
    home = Home(tmp_path)
    claude_json(
        home,
        {"mine": other("a")},
        disabledMcpjsonServers=["notes"],
        disabledMcpServers=["mine"],
    )
    home.write("{project}/.mcp.json", servers(notes=other("b")))

    assert states(home.look()) == {
        "local": ("disabled", ""),
        "project": ("rejected", ""),
    }


@pytest.mark.parametrize(
    ("system", "place"),
    [
        ("linux", "{root}/etc/claude-code/managed-mcp.json"),
        ("macos", "{root}/Library/Application Support/ClaudeCode/managed-mcp.json"),
        ("windows", "{root}/Program Files/ClaudeCode/managed-mcp.json"),
    ],
)
def test_managed_file_excludes_the_others(
    system: Any, place: str, tmp_path: Path
) -> None:
    home = Home(tmp_path, system)
    claude_json(home, {}, {"notes": other("c")})
    home.write(place, servers(company=other("m")))

    assert states(home.look()) == {
        "managed": ("wins", ""),
        "user": ("masked", "managed"),
    }


def test_plugin_entry_of_a_known_endpoint_is_masked(tmp_path: Path) -> None:
    home = Home(tmp_path)
    plugin = tmp_path / "plugin"
    plugin.mkdir()
    (plugin / ".mcp.json").write_text(json.dumps(servers(x=HTTP)))
    home.write(
        "{claude_dir}/plugins/installed_plugins.json",
        {"version": 2, "plugins": {"p@m": [{"installPath": str(plugin)}]}},
    )
    claude_json(home, {}, {"notes": HTTP})

    assert states(home.look())["plugin"] == ("masked", "user")


def test_configuration_folder_can_be_moved(tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    home = Home(tmp_path, environ={"CLAUDE_CONFIG_DIR": str(moved)})
    path = home.write(JSON, servers(notes=HTTP))

    assert path == moved / ".claude.json"
    assert [s.name for s in home.look().servers] == ["notes"]


def test_other_folders_servers_are_told_with_their_folder(tmp_path: Path) -> None:
    home = Home(tmp_path)
    elsewhere = home.home / "work"
    home.write(JSON, {"projects": {str(elsewhere): {"mcpServers": {"notes": HTTP}}}})

    (server,) = home.look().servers

    assert (server.project, server.state) == ("~/work", "wins")


def test_nothing_found_says_where_it_looked(tmp_path: Path) -> None:
    local = Home(tmp_path).look()

    assert not [*local.servers, *local.problems, *local.logs]
    assert {looked.outcome for looked in local.looked} == {"nothing there"}
    assert len(local.looked) > 25


def test_bridged_server_is_seen_through(tmp_path: Path) -> None:
    """A server behind mcp-remote is a remote server, with its headers' facts."""
    home = Home(tmp_path)
    args = ["mcp-remote", URL, "--header", "Authorization: Bearer canary-12345678"]
    home.write(
        "{home}/.cursor/mcp.json", servers(notes={"command": "npx", "args": args})
    )

    local = home.look()

    assert local.servers[0].wrapper == "mcp-remote"
    assert local.servers[0].header_facts[0].scheme == "Bearer"
    assert "canary" not in local.model_dump_json()
