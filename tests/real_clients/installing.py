"""Installs clients, each pinned, in a folder of its own that is kept for next time."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import sdk_clients
from sdk_clients import Unavailable

__all__ = ["Npm", "Overlay", "Pip", "Tarballs", "Unavailable", "cache", "installed"]

INSTALL_TIMEOUT_S = 600


def cache() -> Path:
    """Return the folder below which every client is kept."""
    kept = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(kept) / "streamtriage-clients"


@dataclass(frozen=True)
class Npm:
    """Packages of npm at exact versions; their install scripts are not run."""

    packages: tuple[str, ...]

    def install(self, folder: Path) -> None:
        (folder / "package.json").write_text('{"private": true}\n')
        quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        _run([*_npm(), "install", *quiet, "--save-exact", *self.packages], folder)


@dataclass(frozen=True)
class Tarballs:
    """Packages of npm as they are packed, without what they depend on.

    Each lies in a folder that is called as the package, with `-` for `/` and no `@`.
    """

    packages: tuple[str, ...]

    def install(self, folder: Path) -> None:
        _run([*_npm(), "pack", "--silent", *self.packages], folder)
        for each in self.packages:
            name, version = each.removeprefix("@").rsplit("@", 1)
            name = name.replace("/", "-")
            with tarfile.open(folder / f"{name}-{version}.tgz") as packed:
                packed.extractall(folder / name, filter="data")


@dataclass(frozen=True)
class Overlay:
    """Packages of PyPI without what they depend on, to stand before the tests' own."""

    packages: tuple[str, ...]

    def install(self, folder: Path) -> None:
        pip = [sys.executable, "-m", "pip", "install", "-q", "--no-deps"]
        _run([*pip, "--target", ".", *self.packages], folder)


@dataclass(frozen=True)
class Pip:
    """Packages of PyPI at exact versions, with what decides their bytes."""

    packages: tuple[str, ...]

    def install(self, folder: Path) -> None:
        _run([sys.executable, "-m", "venv", "."], folder)
        _run([str(folder / "bin" / "pip"), "install", "-q", *self.packages], folder)


def installed(what: Npm | Pip | Tarballs | Overlay, name: str) -> Path:
    """Return the folder that holds these packages; raises Unavailable if it cannot.

    Processes that run side by side wait for the first of them.
    """
    folder = cache() / name
    folder.mkdir(parents=True, exist_ok=True)
    stamp = folder / "complete"
    wanted = " ".join(what.packages)
    with (cache() / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.is_file() or stamp.read_text() != wanted:
            shutil.rmtree(folder)
            folder.mkdir()
            what.install(folder)
            stamp.write_text(wanted)
    return folder


def _npm() -> list[str]:
    node = Path(sdk_clients.executable("node"))
    npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [str(node), str(npm)] if npm.exists() else ["npm"]


def _run(command: list[str], folder: Path) -> None:
    # `make` constrains pip to what the tests themselves run with.
    left_out = ("PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT", "PYTHONPATH")
    environ = {n: v for n, v in os.environ.items() if n not in left_out}
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environ,
            capture_output=True,
            text=True,
            timeout=INSTALL_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as expired:
        raise Unavailable(f"installing took more than {expired.timeout:g} s") from None
    if done.returncode != 0:
        said = " ".join(done.stderr.split())[-300:]
        raise Unavailable(f"it could not be installed: {said}")
