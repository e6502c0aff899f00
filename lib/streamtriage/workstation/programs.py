"""Which clients are installed, and in which version."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from streamtriage.knowledge.versions import version_of
from streamtriage.on_first_use import compile_later
from streamtriage.workstation.filesystem import read_quietly

if TYPE_CHECKING:
    from streamtriage.workstation.filesystem import Surroundings

__all__ = ["ASK_LIMIT_S", "Installed", "installed"]

ASK_LIMIT_S = 5.0
# A version has twenty characters; whoever prints more is not listened to.
SAID_LIMIT = 1024
MANIFEST_LIMIT = 1 << 20
# Of several gigabytes of modules only the first match is of interest.
CACHE_LIMIT = 50
_VERSION = compile_later(r"\d{1,4}\.\d{1,4}\.\d{1,5}")


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
    Program("Qwen Code", "qwen", "@qwen-code/qwen-code"),
    Program("Codex", "codex", "@openai/codex"),
    Program("Copilot CLI", "copilot", "@github/copilot"),
    Program("opencode", "opencode", "opencode-ai"),
    Program("Cline", "cline", "cline", extension="saoudrizwan.claude-dev"),
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
        raw = read_quietly(path, MANIFEST_LIMIT + 1)
        read = json.loads(raw) if len(raw) <= MANIFEST_LIMIT else None
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
        said = _said(path, environ, empty)
    if not said:
        around.note("claude --version", path, "could not be read")
    version = version_of(said.decode("utf-8", "replace"))
    return ".".join(map(str, version))


def _said(path: str, environ: dict[str, str], folder: str) -> bytes:
    """Return the beginning of what a program prints, then end it and its children."""
    group = os.name != "nt"
    try:
        child = subprocess.Popen(  # noqa: S603 - a fixed argument, no shell
            [path, "--version"],
            env=environ,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=group,
        )
    except OSError:
        return b""
    # Ended by its own clock, so that a pipe that stays open keeps nobody waiting.
    clock = threading.Timer(ASK_LIMIT_S, _end, (child,))
    clock.start()
    try:
        assert child.stdout is not None
        with child.stdout as pipe:
            return pipe.read(SAID_LIMIT)
    finally:
        clock.cancel()
        _end(child)


def _end(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        if os.name == "nt":
            child.kill()
        else:
            # The group outlives its leader where that has left somebody behind.
            os.killpg(child.pid, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(1.0)


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
