"""Where a person's files lie on each system, and how to read them without a trace."""

from __future__ import annotations

import os
import re
import stat
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from streamtriage.model import Looked
from streamtriage.on_first_use import compile_later
from streamtriage.redaction import shown_text, visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import BinaryIO

    from streamtriage.knowledge.client_places import System

__all__ = ["FILE_LIMIT", "Surroundings", "open_quietly", "read_quietly"]

# ~/.claude.json of a busy person reaches tens of megabytes, nearly all of it history.
FILE_LIMIT = 64 * 1024 * 1024
# Of a pattern with stars: a person has hundreds of sessions, not tens of thousands.
MATCH_LIMIT = 5000
# Over all files: a snapshot of more could not be read again, and nobody has as many.
SERVERS_IN_ALL = 2000
SECRETS_IN_ALL = 5000

_SYSTEMS: dict[str, System] = {"darwin": "macos", "win32": "windows"}
_NOT_A_SECRET = compile_later(
    r"accept|content-type|user-agent|mcp-protocol-version", re.IGNORECASE
)
# A word, an address without credentials, a path: hiding these would hide the same text
# wherever it stands, such as a host in every URL.
_ORDINARY = compile_later(r"[A-Za-z]{1,19}|https?://[^@?\s]*|[/~.][\w./-]*|[\d.]*")


@dataclass
class Surroundings:
    """The person's machine as far as this tool may look; tests give their own.

    `root` stands before system-wide paths. `secrets` holds values only until the
    evidence is redacted; nothing that is rendered refers to it.
    """

    home: Path
    environ: Mapping[str, str] = field(repr=False)
    cwd: Path
    system: System = "linux"
    root: Path = Path("/")
    looked: list[Looked] = field(default_factory=list)
    _noted: set[tuple[str, ...]] = field(default_factory=set, repr=False)
    secrets: set[str] = field(default_factory=set, repr=False)
    servers_left: int = SERVERS_IN_ALL
    tell: Callable[[str], None] = field(default=lambda _path: None, repr=False)
    """Hears of each file before it is read, lest nobody knows which one is stuck."""
    at: Path | None = field(default=None, repr=False)
    """The log that is opened now, which `tell` may not have heard of yet."""

    @classmethod
    def real(
        cls,
        home: Path | None = None,
        environ: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Surroundings:
        """Return the machine that this runs on, with parts replaced as given."""
        named = (environ or {}).get("HOME") or (environ or {}).get("USERPROFILE")
        return cls(
            home=home or (Path(named) if named else Path.home()),
            environ=os.environ if environ is None else environ,
            cwd=cwd or Path.cwd(),
            system=_SYSTEMS.get(sys.platform, "linux"),
            root=Path(os.environ.get("SYSTEMDRIVE", "") + "/"),
        )

    def variable(self, name: str) -> str:
        return self.environ.get(name, "").strip()

    def folders(self) -> dict[str, Path]:
        """Return the folders that stand in the braces of the table of places."""
        home, claude = self.home, self.variable("CLAUDE_CONFIG_DIR")
        roaming = Path(self.variable("APPDATA") or home / "AppData" / "Roaming")
        local = Path(self.variable("LOCALAPPDATA") or home / "AppData" / "Local")
        mac = home / "Library"
        config = Path(self.variable("XDG_CONFIG_HOME") or home / ".config")
        cache = Path(self.variable("XDG_CACHE_HOME") or home / ".cache")
        programs = {
            "linux": config,
            "macos": mac / "Application Support",
            "windows": roaming,
        }[self.system]
        caches = {"linux": cache, "macos": mac / "Caches", "windows": local}
        return {
            "home": home,
            "root": self.root,
            "project": self.cwd,
            "claude_dir": Path(claude) if claude else home / ".claude",
            "claude_json": Path(claude or home) / ".claude.json",
            "cache": caches[self.system],
            "config": config,
            "data": Path(self.variable("XDG_DATA_HOME") or home / ".local" / "share"),
            "appdata": roaming,
            "localappdata": local,
            "code": programs / "Code",
            "cursor": programs / "Cursor",
            "codex": Path(self.variable("CODEX_HOME") or home / ".codex"),
        }

    def resolve(self, pattern: str, project: Path | None = None) -> Path:
        """Fill the braces of one place; stars stay."""
        folders = self.folders()
        folders["project"] = project or self.cwd
        if self.system == "windows" and "claude-cli-nodejs" in pattern:
            pattern = pattern.replace("claude-cli-nodejs", "claude-cli-nodejs/Cache")
        texts = {name: path.as_posix().rstrip("/") for name, path in folders.items()}
        return Path(pattern.format(**texts))

    def matches(self, pattern: Path) -> list[Path]:
        """Return the files that a path with stars matches, newest first."""
        found = sorted(_glob(pattern), key=_age, reverse=True)
        return found[:MATCH_LIMIT]

    def shown(self, path: Path | str) -> str:
        """Return a path as it may be shown: the home folder as ~, no user name."""
        text = Path(path).as_posix()
        home = self.home.as_posix()
        if text == home or text.startswith(home + "/"):
            text = "~" + text[len(home) :]
        # Claude Code names log folders after the working folder.
        text = text.replace(_slug(home), "~") if len(home) > 1 else text
        text = re.sub(r"(?<=/)-(home|Users)-[^-/]+", r"-\1-<user>", text)
        return shown_text(visible(text))

    def note(self, what: str, path: Path | str, outcome: str, detail: str = "") -> None:
        """Write down that a place was looked at."""
        told = (what, self.shown(path), outcome, detail)
        if told not in self._noted:
            self._noted.add(told)
            names = ("what", "path", "outcome", "detail")
            self.looked.append(
                Looked.model_validate(dict(zip(names, told, strict=True)))
            )

    def read(self, path: Path, what: str) -> str | None:
        """Return a file's text, or None; either way the place is noted."""
        self.tell(self.shown(path))
        try:
            raw = read_quietly(path, FILE_LIMIT + 1)
        except FileNotFoundError:
            self.note(what, path, "nothing there")
            return None
        except OSError as problem:
            if isinstance(problem, NotADirectoryError):
                self.note(what, path, "nothing there")
            else:
                self.note(what, path, "could not be read", type(problem).__name__)
            return None
        if len(raw) > FILE_LIMIT:
            self.note(what, path, "could not be read", "larger than 64 MB")
            return None
        self.note(what, path, "read")
        # PowerShell writes UTF-16 with a mark; Notepad adds one to UTF-8.
        if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return raw.decode("utf-16", "replace")
        return raw.decode("utf-8-sig", "replace")

    def keep_secret(self, name: str, value: str) -> None:
        """Remember a value so that it can be hidden wherever else it turns up."""
        ordinary = _ORDINARY.fullmatch(value) or _NOT_A_SECRET.fullmatch(name)
        if len(self.secrets) >= SECRETS_IN_ALL:
            return
        if len(value) >= 8 and "${" not in value and not ordinary:
            self.secrets.add(value)


def open_quietly(path: Path) -> BinaryIO:
    """Open a regular file for reading; where the system allows, no trace is left.

    A pipe or a device in a file's place would wait for ever, so it is refused.
    """
    return os.fdopen(handle_quietly(path), "rb", buffering=0)


def handle_quietly(path: Path) -> int:
    """Return the descriptor of a regular file, as `open_quietly` opens it."""
    quiet = getattr(os, "O_NOATIME", 0)
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        handle = os.open(path, flags | quiet)
    except PermissionError:
        # Only a file's owner may leave its access time alone.
        handle = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise IsADirectoryError(path)
    return handle


def read_quietly(path: Path, limit: int) -> bytes:
    """Return at most `limit` bytes of a regular file. Raises OSError."""
    with open_quietly(path) as file:
        pieces = bytearray()
        while len(pieces) < limit and (piece := file.read(limit - len(pieces))):
            pieces += piece
        return bytes(pieces)


def _slug(path: str) -> str:
    """Return a folder's name as Claude Code writes it into its log folders."""
    return re.sub(r"[^A-Za-z0-9]", "-", path)


def _glob(pattern: Path) -> Iterator[Path]:
    parts = pattern.parts
    first = next((i for i, part in enumerate(parts) if "*" in part), len(parts))
    start = Path(*parts[:first])
    if first == len(parts):
        return iter([start] if start.is_file() else [])
    return _matching(start, "/".join(parts[first:]))


def _matching(start: Path, rest: str) -> Iterator[Path]:
    try:
        for count, path in enumerate(start.glob(rest)):
            if count >= MATCH_LIMIT:
                return
            yield path
    except OSError:
        return


def _age(path: Path) -> float:
    try:
        seen = path.stat()
    except OSError:
        return 0.0
    return seen.st_mtime if stat.S_ISREG(seen.st_mode) else 0.0
