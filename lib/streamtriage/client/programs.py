"""Which clients are installed, in which version, on which runtime."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from streamtriage.knowledge.client_defects import defects_of
from streamtriage.knowledge.versions import between, version_of
from streamtriage.model import Client, KnownDefect
from streamtriage.signature import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from streamtriage.client.surroundings import Surroundings
    from streamtriage.model import LocalEvidence, ServerLog

__all__ = ["ASK_LIMIT_S", "Installed", "clients", "installed", "runtime_of"]

ASK_LIMIT_S = 5.0
# Of several gigabytes of modules only the first match is of interest.
CACHE_LIMIT = 50
_VERSION = re.compile(r"\d{1,4}\.\d{1,4}\.\d{1,5}")


@dataclass(frozen=True)
class Program:
    """How a client is recognised: its command, its package, its extension folder."""

    client: str
    command: str = ""
    package: str = ""
    extension: str = ""
    asks: bool = False


_PROGRAMS = (
    # `claude --version` prints a constant and exits before it reads a configuration
    # or opens a connection; `claude mcp list` and `get` do both, and print secrets.
    Program("Claude Code", "claude", "@anthropic-ai/claude-code", asks=True),
    Program("Gemini CLI", "gemini", "@google/gemini-cli"),
    Program("Codex", "codex", "@openai/codex"),
    Program("opencode", "opencode", "opencode-ai"),
    Program("Cline", extension="saoudrizwan.claude-dev"),
    Program("Roo Code", extension="rooveterinaryinc.roo-cline"),
)
_EXTENSION_FOLDERS = (".vscode", ".vscode-server", ".cursor", ".windsurf")
_APPLICATIONS = (
    ("Cursor", "cursor", "Cursor"),
    ("VS Code", "code", "Visual Studio Code"),
    ("Windsurf", "windsurf", "Windsurf"),
)


@dataclass(frozen=True)
class Installed:
    """One installed client: its version as text, and what gave it away."""

    client: str
    version: str = ""
    found_by: str = ""
    sdk: str = ""


def installed(around: Surroundings, *, ask: bool) -> list[Installed]:
    """Return the clients that are installed; `ask` allows running `--version`."""
    found: list[Installed] = []
    for program in _PROGRAMS:
        found += _by_command(program, around, ask=ask)
        found += _by_extension(program, around)
    for client, command, folder in _APPLICATIONS:
        found += _application(client, command, folder, around)
    return found + _bridge(around)


def _by_command(
    program: Program, around: Surroundings, *, ask: bool
) -> list[Installed]:
    if not program.command:
        return []
    path = shutil.which(program.command, path=around.environ.get("PATH", ""))
    if path is None:
        return []
    real = Path(path).resolve()
    version, sdk = _from_files(real, program.package)
    by = around.shown(path)
    if not version and program.asks and ask:
        version, by = _asked(path, around), f"{program.command} --version"
    return [Installed(program.client, version, by, sdk)]


def _from_files(real: Path, package: str) -> tuple[str, str]:
    """Read a version without running anything: a package file, or the path itself."""
    for folder in list(real.parents)[:6]:
        manifest = folder / "package.json"
        version = _manifest(manifest, package)
        if version:
            return version, _sdk(folder)
    # The native installer keeps ~/.local/share/claude/versions/2.1.330.
    named = _VERSION.fullmatch(real.name)
    return (named[0] if named else "", "")


def _sdk(package: Path) -> str:
    """Return the version of the SDK that a package brings, or that stands beside it."""
    for folder in (package / "node_modules", package.parent, package.parent.parent):
        for name in ("sdk", "client"):
            full = f"@modelcontextprotocol/{name}"
            version = _manifest(folder / full / "package.json", full)
            if version:
                return f"{full} {version}"
    return ""


def _manifest(path: Path, package: str = "") -> str:
    try:
        if path.stat().st_size > 1024 * 1024:
            return ""
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return ""
    if not isinstance(read, dict) or (package and read.get("name") != package):
        return ""
    version = read.get("version")
    return version[:40] if isinstance(version, str) else ""


def _asked(path: str, around: Surroundings) -> str:
    """Ask a program for its version in an empty home, with a time limit.

    It gets no variable but PATH, so it sees no secret, and its update check is off.
    """
    with tempfile.TemporaryDirectory(prefix="streamtriage-") as empty:
        environ = {
            "PATH": around.environ.get("PATH", ""),
            "HOME": empty,
            "USERPROFILE": empty,
            "CLAUDE_CONFIG_DIR": empty,
            "XDG_CONFIG_HOME": empty,
            "XDG_CACHE_HOME": empty,
            "DISABLE_AUTOUPDATER": "1",
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        }
        if os.name == "nt":
            environ["SYSTEMROOT"] = os.environ.get("SYSTEMROOT", "")
        try:
            done = subprocess.run(  # noqa: S603 - a fixed argument, no shell
                [path, "--version"],
                env=environ,
                cwd=empty,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=ASK_LIMIT_S,
                check=False,
            )
        except (OSError, subprocess.SubprocessError):
            around.note("claude --version", path, "could not be read")
            return ""
    version = version_of(done.stdout[:1000].decode("utf-8", "replace"))
    return ".".join(map(str, version))


def _by_extension(program: Program, around: Surroundings) -> list[Installed]:
    if not program.extension:
        return []
    found = []
    for folder in _EXTENSION_FOLDERS:
        base = around.home / folder / "extensions"
        for path in _children(base, f"{program.extension}-*"):
            version = _VERSION.search(path.name)
            found.append(
                Installed(
                    program.client, version[0] if version else "", around.shown(path)
                )
            )
    return sorted(found, key=lambda one: version_of(one.version))[-1:]


def _children(base: Path, pattern: str) -> list[Path]:
    try:
        return list(islice(base.glob(pattern), CACHE_LIMIT))
    except OSError:
        return []


def _application(
    client: str, command: str, folder: str, around: Surroundings
) -> list[Installed]:
    if around.system == "linux":
        bases = [
            around.root / "usr/share" / command / "resources/app",
            around.root / "opt" / folder / "resources/app",
        ]
    elif around.system == "macos":
        inside = f"{folder}.app/Contents/Resources/app"
        bases = [
            around.root / "Applications" / inside,
            around.home / "Applications" / inside,
        ]
    else:
        local = around.folders()["localappdata"]
        bases = [
            local / "Programs" / command / "resources/app",
            local / "Programs" / f"Microsoft {client}" / "resources/app",
        ]
    for base in bases:
        version = _manifest(base / "package.json")
        if version:
            return [Installed(client, version, around.shown(base))]
    return []


def _bridge(around: Surroundings) -> list[Installed]:
    """Find mcp-remote in npx's cache."""
    caches = _children(around.home / ".npm/_npx", "*/node_modules/mcp-remote")
    found = [
        Installed("mcp-remote", version, around.shown(path), _sdk(path))
        for path in caches
        if (version := _manifest(path / "package.json", "mcp-remote"))
    ]
    return sorted(found, key=lambda one: version_of(one.version))[-1:]


_FLAGS_OFF = (
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
    "DISABLE_TELEMETRY",
    "DO_NOT_TRACK",
    "DISABLE_GROWTHBOOK",
    "CLAUDE_CODE_USE_BEDROCK",
    "CLAUDE_CODE_USE_VERTEX",
    "CLAUDE_CODE_USE_FOUNDRY",
)


def runtime_of(client: str, version: str, environ: Mapping[str, str]) -> str:
    """Name SDK generation and engine, as far as version and environment decide."""
    if client == "Codex":
        return "other"
    if client != "Claude Code" or not version:
        return "unknown"
    runtime = parse(f"{version} (Claude Code)").runtime
    if runtime not in ("bun", "node"):
        return runtime
    # Between 2.1.218 and 2.1.322 equal versions run different clients.
    wanted = environ.get("MCP_SDK_GENERATION", "")
    if wanted in ("v1", "v2"):
        return f"{wanted}-{runtime}"
    flags_off = any(environ.get(name, "0") not in ("", "0") for name in _FLAGS_OFF)
    if flags_off and between(version, "2.1.218", "2.1.273"):
        return f"v1-{runtime}"
    return f"v2-{runtime}" if between(version, "2.1.274", "") else runtime


def clients(
    found: Sequence[Installed],
    logs: Sequence[ServerLog],
    evidence: LocalEvidence,
    environ: Mapping[str, str],
) -> tuple[Client, ...]:
    """Join installed programs, logs and configurations to one noun for each client."""
    system = evidence.machine.system
    names = dict.fromkeys(
        [
            *(one.client for one in found),
            *(log.client for log in logs if log.client),
            *(server.client for server in evidence.servers),
        ]
    )
    joined = []
    for name in names:
        own = [one for one in found if one.client == name]
        seen = _seen(log for log in logs if log.client == name)
        version = next((one.version for one in own if one.version), "")
        version = version or (seen[-1] if seen else "")
        runtime = runtime_of(name, version, environ)
        by = [one.found_by for one in own]
        by += ["its logs"] if any(log.client == name for log in logs) else []
        by += [s.path for s in evidence.servers if s.client == name][:1]
        known = defects_of(name, version, runtime=runtime, system=system)
        joined.append(
            Client(
                name=name,
                version=version,
                runtime=runtime,
                sdk=next((one.sdk for one in own if one.sdk), ""),
                found_by=tuple(dict.fromkeys(by)),
                versions_in_logs=seen,
                known=tuple(
                    KnownDefect(
                        versions=row.versions,
                        what=row.what,
                        sign=row.sign,
                        fixed_in=row.fixed_in,
                        matters=row.matters,
                        advice=row.advice,
                        source=row.source,
                        grade=row.grade,
                    )
                    for row in known
                ),
            )
        )
    return tuple(joined)


def _seen(logs: Iterable[ServerLog]) -> tuple[str, ...]:
    versions = {each.version for log in logs for each in log.versions}
    return tuple(sorted(versions, key=version_of))
