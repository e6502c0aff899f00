"""A team's own Dask on loopback: `dask scheduler` and labelled `dask worker`s."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import psutil

from real_parts.running import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["Team", "team", "wait_until"]

START_TIMEOUT_S = 60.0
DASK = (sys.executable, "-m", "dask")
# Nothing of the proxies of whoever runs the tests.
BARE = {
    name: value
    for name, value in os.environ.items()
    if name.lower() not in ("http_proxy", "https_proxy", "no_proxy", "all_proxy")
}


def wait_until(what: str, ready: object, timeout_s: float = START_TIMEOUT_S) -> None:
    """Wait until `ready()` is true; fails with what was waited for."""
    until = time.monotonic() + timeout_s
    while time.monotonic() < until:
        if callable(ready) and ready():
            return
        time.sleep(0.05)
    raise AssertionError(f"it never happened: {what}")


@dataclass
class Team:
    """The processes of one cluster, and where they write what they say."""

    folder: Path
    port: int = field(default_factory=free_port)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"tcp://127.0.0.1:{self.port}"

    def said(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def scheduler(self, *more: str) -> None:
        command = (*DASK, "scheduler", "--host", "127.0.0.1", "--no-dashboard")
        self.start("scheduler", (*command, "--port", str(self.port), *more))
        wait_until("scheduler", lambda: "Scheduler at" in self.said("scheduler"))

    def worker(
        self,
        name: str,
        label: str = "",
        environ: Mapping[str, str] | None = None,
        *more: str,
    ) -> None:
        command = (
            *(*DASK, "worker", self.address, "--host", "127.0.0.1", "--name", name),
            *("--nworkers", "1", "--nthreads", "8", "--no-dashboard"),
            *("--local-directory", str(self.folder / name)),
            *("--resources", f"vantage-{label or name}=8", *more),
        )
        self.start(name, command, environ)

    def start(
        self,
        name: str,
        command: tuple[str, ...],
        environ: Mapping[str, str] | None = None,
    ) -> None:
        with (self.folder / f"{name}.log").open("wb") as log:
            self.running[name] = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**BARE, **(environ or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def ready(self, *names: str) -> None:
        """Wait until these workers have registered."""
        for name in names:
            wait_until(
                f"{name} registers",
                lambda name=name: "Registered to" in self.said(name),
            )

    def kill_worker(self, name: str) -> None:
        """Kill the working process itself, at once, and leave its nanny."""
        children = psutil.Process(self.running[name].pid).children(recursive=True)
        busiest = max(children, key=lambda each: each.memory_info().rss)
        busiest.kill()

    def kill(self, name: str) -> None:
        """Kill a process and everything that it began."""
        process = self.running.pop(name)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def team(folder: Path) -> Iterator[Team]:
    """End whatever was started in the block."""
    folder.mkdir(parents=True, exist_ok=True)
    cluster = Team(folder)
    try:
        yield cluster
    finally:
        for name in list(cluster.running):
            cluster.kill(name)
