"""A real JupyterLab on loopback, with a folder, settings and token of its own."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CHROMIUM", "FLAGS", "jupyterlab"]

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
        *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        *("--ServerApp.ip=127.0.0.1", "--ServerApp.port=0"),
        f"--IdentityProvider.token={token}",
        f"--ServerApp.root_dir={folder / 'runbooks'}",
        "--LabApp.extension_manager=readonly",
    ]
    environ = os.environ | {
        "HOME": str(folder / "home"),
        "JUPYTER_RUNTIME_DIR": str(runtime),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
    }
    with (folder / "jupyterlab.log").open("wb") as log:
        server = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
        try:
            url = _address(runtime, server, folder / "jupyterlab.log")
            yield f"{url}lab/tree/{runbook}.ipynb?token={token}"
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
