"""Lab servers as targets, and a fleet run as a person starts it."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from fleet.cluster import BARE
from streamtriage import lab

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

__all__ = ["QUICK", "command", "expected", "finished", "servers", "written"]

# Servers whose verdict does not hang on how fast this machine is.
QUICK = (
    "healthy",
    "healthy-get-405",
    "healthy-modern",
    "get-not-implemented-404",
    "get-4xx-instead-of-405",
    "get-200-html-or-json",
    "get-204",
    "spa-catchall",
    "gateway-blocks-get",
    "host-403",
    "session-400-instead-of-404",
    "tcp-refused-server-down",
)


@contextlib.contextmanager
def servers(names: Sequence[str]) -> Iterator[dict[str, lab.Lab]]:
    """Serve these scenarios until the block ends."""
    with contextlib.ExitStack() as stack:
        yield {name: stack.enter_context(lab.serve(name)) for name in names}


def expected(name: str) -> tuple[str, ...]:
    """Return the causes that a target named `SCENARIO-NUMBER` must be judged as."""
    cause = lab.scenario(name.rpartition("-")[0]).cause
    return (cause,) if cause else ()


def written(path: Path, running: Mapping[str, lab.Lab], count: int) -> Path:
    """Write a list of `count` targets that take turns on the servers."""
    names = list(running)
    rows = [
        {"name": f"{name}-{number}", "url": running[name].url}
        for number in range(count)
        for name in [names[number % len(names)]]
    ]
    path.write_text(json.dumps(rows))
    return path


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "streamtriage", "fleet", *words]


def finished(
    *words: str, env: Mapping[str, str] | None = None, **more: Any
) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        command(*words),
        env={**BARE, **(env or {})},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
        **more,
    )
