"""Python environments of their own, for packages that do not fit into the tests'."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["Unavailable", "python_with"]

INSTALL_TIMEOUT_S = 150


class Unavailable(Exception):  # noqa: N818 - it says that a test cannot run, not why
    """The packages cannot be had here; the message is the reason."""


def python_with(*requirements: str) -> Path:
    """Return a Python that has these packages; the environment is kept for next time.

    Test processes that run side by side wait for the first of them. Raises Unavailable
    if pip cannot install them.
    """
    folder = (
        _cache()
        / hashlib.sha256(" ".join([sys.version, *requirements]).encode()).hexdigest()[
            :16
        ]
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            _run([sys.executable, "-m", "venv", str(folder)])
            _run([str(folder / "bin" / "pip"), "install", "-q", *requirements])
            (folder / "complete").touch()
    return folder / "bin" / "python"


def _cache() -> Path:
    kept = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(kept) / "streamtriage-tests"


def _run(command: list[str]) -> None:
    # `make` constrains pip to what the tests themselves run with.
    environ = {
        name: value
        for name, value in os.environ.items()
        if name not in ("PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT", "PYTHONPATH")
    }
    try:
        done = subprocess.run(
            command,
            env=environ,
            capture_output=True,
            text=True,
            timeout=INSTALL_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as expired:
        raise Unavailable(f"pip took more than {expired.timeout:g} s") from None
    if done.returncode != 0:
        said = " ".join(done.stderr.split())[-300:]
        raise Unavailable(f"pip could not install them: {said}")
