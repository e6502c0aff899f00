"""What surrounds the client: system files of many kinds, and a real namespace."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from streamtriage.lab import serve
from streamtriage.model import Intake
from streamtriage.triage import triage
from streamtriage.workstation.system import machine

from .homes import Home

if TYPE_CHECKING:
    from pathlib import Path

    from streamtriage.model import Finding, Report

DOCKER_HOSTS = "127.0.0.1 localhost\n::1 localhost\n172.17.0.1 host.docker.internal\n"
PODMAN_HOSTS = "127.0.0.1 localhost\n10.0.2.2 host.containers.internal # its host\n"
WSL_KERNEL = "Linux version 5.15.153.1-microsoft-standard-WSL2 (gcc)"
PLAIN_KERNEL = "Linux version 6.1.0-18-amd64 (debian-kernel@lists.debian.org)"
ROUTES = "Iface\tDestination\tGateway\neth0\t00000000\t010011AC\n"
NO_ROUTES = "Iface\tDestination\tGateway\neth0\t000011AC\t00000000\n"

INSIDE: dict[str, tuple[dict[str, str], dict[str, str], tuple[str, ...]]] = {
    "Docker": ({".dockerenv": ""}, {}, ("container",)),
    "Podman": ({"run/.containerenv": ""}, {}, ("container",)),
    "a cgroup of Docker": (
        {"proc/1/cgroup": "12:pids:/docker/0123456789ab\n"},
        {},
        ("container",),
    ),
    "a cgroup of Kubernetes": (
        {"proc/1/cgroup": "0::/kubepods.slice/pod1\n"},
        {},
        ("container",),
    ),
    "Kubernetes": ({}, {"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, ("container",)),
    "systemd-nspawn": ({}, {"container": "systemd-nspawn"}, ("container",)),
    "WSL": ({"proc/version": WSL_KERNEL}, {}, ("wsl",)),
    "WSL by its variable": ({}, {"WSL_DISTRO_NAME": "Debian"}, ("wsl",)),
    "a devcontainer": (
        {".dockerenv": ""},
        {"REMOTE_CONTAINERS": "true"},
        ("container", "devcontainer"),
    ),
    "over SSH": ({}, {"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, ("ssh",)),
    "CI": ({}, {"CI": "true"}, ("ci",)),
    "not CI": ({}, {"CI": "false"}, ()),
    "a person's own machine": (
        {"proc/version": PLAIN_KERNEL, "proc/1/cgroup": "0::/init.scope\n"},
        {},
        (),
    ),
    "a service of its own": ({"proc/1/cgroup": "0::/system.slice/x.service\n"}, {}, ()),
}


def home_with(base: Path, files: dict[str, str], environ: dict[str, str]) -> Home:
    for name, text in files.items():
        path = base / "root" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Home(base, environ=environ)


@pytest.mark.parametrize(("files", "environ", "inside"), INSIDE.values(), ids=INSIDE)
def test_what_it_runs_inside_is_told(
    files: dict[str, str],
    environ: dict[str, str],
    inside: tuple[str, ...],
    tmp_path: Path,
) -> None:
    around = home_with(tmp_path, files, environ).surroundings()

    assert machine(around).inside == inside


@pytest.mark.parametrize(
    ("hosts", "localhost", "gateway"),
    [
        pytest.param(
            DOCKER_HOSTS, ("127.0.0.1", "::1"), "host.docker.internal", id="Docker"
        ),
        pytest.param(PODMAN_HOSTS, ("127.0.0.1",), "host.containers.internal", id="P"),
        pytest.param("# localhost\n", (), "", id="comment"),
        pytest.param("127.0.0.1 localhost.test\n", (), "", id="another name"),
    ],
)
def test_names_of_hosts_are_told(
    hosts: str, localhost: tuple[str, ...], gateway: str, tmp_path: Path
) -> None:
    seen = machine(home_with(tmp_path, {"etc/hosts": hosts}, {}).surroundings())

    assert (seen.localhost, seen.host_gateway) == (localhost, gateway)


@pytest.mark.parametrize(
    ("routes", "default"),
    [(ROUTES, True), (NO_ROUTES, False), ("Iface\tDestination\n", False), (None, None)],
)
def test_the_default_route_is_told(
    *, routes: str | None, default: bool | None, tmp_path: Path
) -> None:
    files = {} if routes is None else {"proc/net/route": routes}
    seen = machine(home_with(tmp_path, files, {}).surroundings())

    assert seen.default_route is default


def finding(report: Report, cause: str) -> Finding:
    return next(each for each in report.findings if each.cause == cause)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("mark", "status"), [(".dockerenv", "suspected"), ("", "absent")]
)
async def test_a_refused_localhost_is_told_apart_by_the_system_files(
    mark: str, status: str, tmp_path: Path
) -> None:
    """The same refusal, inside a container and outside of one."""
    home = home_with(tmp_path, {mark: ""} if mark else {}, {})
    intake = Intake(url="http://127.0.0.1:9/mcp", hold_s=0)

    report = (await triage(intake, environ={}, local=home.look())).shown

    assert finding(report, "container-localhost").status == status
    assert "tcp-refused-server-down" in report.verdict.causes


def may_unshare() -> bool:
    words = ["unshare", "--user", "--map-root-user", "--net", "true"]
    if shutil.which("unshare") is None or not sys.platform.startswith("linux"):
        return False
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not may_unshare(), reason="no right to make a network namespace")
def test_in_a_real_namespace_localhost_is_another(tmp_path: Path) -> None:
    """The server runs on this machine, the client in a namespace of its own."""
    up = (
        "import fcntl, socket, struct\n"
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "fcntl.ioctl(s, 0x8914, struct.pack('16sh', b'lo', 0x1))\n"
        "from streamtriage.__main__ import app\n"
        "app()\n"
    )
    environ = {**os.environ, "HOME": str(tmp_path), "container": "podman"}
    with serve("healthy-get-405") as lab:
        words = [sys.executable, "-c", up, "triage", lab.url, "--hold", "0"]
        names = ["unshare", "--user", "--map-root-user", "--net"]
        done = subprocess.run(
            [*names, *words, "--json", "-"],
            env=environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        local = json.loads(done.stdout)["evidence"][0]

    findings = {each["cause"]: each for each in json.loads(done.stdout)["findings"]}
    assert local["machine"]["inside"][:1] == ["container"]
    assert local["machine"]["default_route"] is False
    assert findings["container-localhost"]["status"] == "suspected"
    assert "curl -i http://" in findings["container-localhost"]["settle"]
