"""Starts real products on loopback, and ends whatever it started."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn

from streamtriage.lab.asgi import keep_alive, on_open
from streamtriage.lab.server import mcp_app
from streamtriage.model import Intake, Report
from streamtriage.triage import triage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from starlette.types import ASGIApp

    from unseen.world import Seen

__all__ = ["Trial", "free_port", "judge_all", "mcp_server", "program", "started"]

START_TIMEOUT_S = 30
# Two of them wait most of the time, so two processes of tests do not starve each other.
AT_ONCE = 5


@dataclass(frozen=True)
class Trial:
    """One product, set up in one way, and what a person who knows it would say."""

    id: str
    serve: Callable[[], AbstractContextManager[str | Intake]]
    expected: Seen
    hold_s: float = 0.0
    given: Mapping[str, Any] = field(default_factory=dict)


def program(name: str) -> str | None:
    """Return where Debian keeps a program; servers lie outside a user's PATH."""
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@contextlib.contextmanager
def started(
    make: Callable[[Path, int], Sequence[str]],
    environ: Mapping[str, str] | None = None,
) -> Iterator[int]:
    """Run what `make(folder, port)` returns until the block ends; yields its port.

    Between choosing a free port and its use another process may take it; then another
    one is tried.
    """
    with tempfile.TemporaryDirectory(prefix="real-parts-") as name:
        folder = Path(name)
        # Workers of some products give up root and must still reach their files.
        folder.chmod(0o755)
        for attempt in range(3):
            port = free_port()
            process = _spawn(make(folder, port), folder, environ)
            try:
                if _listens(process, port):
                    yield port
                    return
                if attempt == 2:
                    raise RuntimeError((folder / "output").read_text()[-2000:])
            finally:
                _end(process)


def _spawn(
    command: Sequence[str], folder: Path, environ: Mapping[str, str] | None
) -> subprocess.Popen[bytes]:
    with (folder / "output").open("wb") as output:
        return subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "HOME": str(folder), **(environ or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    until = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < until and process.poll() is None:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        time.sleep(0.05)
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and its workers: they share the group that it began."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@contextlib.contextmanager
def mcp_server(
    *,
    comments_s: float = 0,
    comment: Callable[[], str] = lambda: "keepalive",
    listening: bool = True,
    first: bytes = b"",
    tls: Mapping[str, Any] | None = None,
    **options: Any,
) -> Iterator[int]:
    """Serve the lab's MCP server by uvicorn; yields its port.

    It says nothing on a GET stream before the SDK's first comment, after 15 s, unless
    it is to write a comment at once and then every `comments_s` seconds, and without
    `listening` not on the stream of `subscriptions/listen`. `first` are the bytes with
    which each stream begins.
    """
    app: ASGIApp = mcp_app(**options)
    if comments_s:
        app = keep_alive(comments_s, comment, listen=listening)(app)
    config = uvicorn.Config(
        on_open(first)(app) if first else app,
        port=0,
        log_level="critical",
        timeout_graceful_shutdown=0,
        **(tls or {}),
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started and thread.is_alive():
        thread.join(0.02)
    try:
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = server.force_exit = True
        thread.join(5)


def judge(trial: Trial) -> Report:
    with trial.serve() as served:
        intake = (
            served
            if isinstance(served, Intake)
            else Intake(url=served, hold_s=trial.hold_s, **trial.given)
        )
        return asyncio.run(triage(intake, environ={})).shown


def judge_all(trials: Sequence[Trial]) -> dict[str, Report]:
    """Run the trials, a few at a time, and return the reports by id."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(judge, trials)
        return {trial.id: report for trial, report in zip(trials, found, strict=True)}
