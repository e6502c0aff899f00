"""A real JupyterLab, or a real Voilà, on loopback, with a folder of its own."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

from quick_start import quickly

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CHROMIUM", "FLAGS", "jupyterlab", "voila"]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# Keeps the browser from looking for updates and its maker's hosts.
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_RUNBOOKS = Path(__file__).parents[2] / "runbooks"
# No questions about news; and every cell is in the page, also where it is not in view.
_SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},
}


@contextlib.contextmanager
def jupyterlab(
    folder: Path, theme: str = "JupyterLab Light", runbook: str = "triage"
) -> Iterator[str]:
    """Serve a copy of the runbooks and give the address of one of them.

    `folder / "home"` is the home of its kernels.
    """
    shutil.copytree(_RUNBOOKS, folder / "runbooks")
    (folder / "home").mkdir(exist_ok=True)
    themes = {"apputils-extension/themes": {"theme": theme}}
    for name, values in (_SETTINGS | themes).items():
        file = folder / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(values))
    runtime, token = folder / "runtime", secrets.token_urlsafe()
    command = [
        *(*quickly("jupyterlab"), "--no-browser", "--allow-root"),
        *("--ServerApp.ip=127.0.0.1", "--ServerApp.port=0"),
        f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={folder / 'runbooks'}",
        "--LabApp.extension_manager=readonly",
    ]
    log = folder / "jupyterlab.log"
    with _started(command, folder, log) as server:
        url = _address(runtime, server, log)
        yield f"{url}lab/tree/{runbook}.ipynb?token={token}"


@contextlib.contextmanager
def voila(folder: Path, runbook: str = "triage") -> Iterator[str]:
    """Serve one of the runbooks as Voilà does, and give its address.

    Each page that is opened has a kernel of its own, and shows no code.
    """
    shutil.copytree(_RUNBOOKS, folder / "runbooks")
    (folder / "home").mkdir(exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        *(*quickly("voila"), "--no-browser", f"--port={port}"),
        *("--Voila.ip=127.0.0.1", str(folder / "runbooks" / f"{runbook}.ipynb")),
    ]
    log = folder / "voila.log"
    with _started(command, folder, log) as server:
        url = f"http://127.0.0.1:{port}/"
        deadline = time.monotonic() + 40
        while url not in log.read_text():
            assert server.poll() is None, log.read_text()[-2000:]
            assert time.monotonic() < deadline, log.read_text()[-2000:]
            time.sleep(0.1)
        yield url


@contextlib.contextmanager
def _started(
    command: list[str], folder: Path, log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    environ = os.environ | {
        "HOME": str(folder / "home"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
    }
    with log.open("wb") as said:
        server = subprocess.Popen(command, env=environ, stdout=said, stderr=said)
        try:
            yield server
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait(10)


def _address(runtime: Path, server: subprocess.Popen[bytes], log: Path) -> str:
    """Wait for the file in which the server says where it listens."""
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline and server.poll() is None:
        for file in runtime.glob("jpserver-*.json"):
            with contextlib.suppress(json.JSONDecodeError):
                return str(json.loads(file.read_text())["url"])
        time.sleep(0.1)
    raise AssertionError(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")
