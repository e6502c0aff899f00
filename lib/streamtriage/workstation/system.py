"""The operating system around the client, as far as it bears on the stream."""

from __future__ import annotations

import platform
import re
from typing import TYPE_CHECKING, Literal

from streamtriage.model import Machine
from streamtriage.workstation.filesystem import read_quietly

if TYPE_CHECKING:
    from streamtriage.workstation.filesystem import Surroundings

__all__ = ["machine"]

Inside = Literal["wsl", "container", "devcontainer", "ssh", "ci"]

_CI = ("CI", "GITHUB_ACTIONS", "GITLAB_CI", "JENKINS_URL", "BUILDKITE", "TF_BUILD")
_DEVCONTAINER = ("REMOTE_CONTAINERS", "DEVCONTAINER", "CODESPACES", "GITPOD_HOST")


def machine(around: Surroundings) -> Machine:
    """Return what the system's own files and variables say; nothing is asked."""
    return Machine(
        system=around.system,
        release=platform.release()[:80],
        architecture=platform.machine()[:40],
        python=platform.python_version(),
        inside=_inside(around),
        localhost=_localhost(around),
        host_gateway=_host_gateway(around),
        default_route=_default_route(around),
        clock_synchronised=_clock(around),
    )


def _system_text(around: Surroundings, path: str) -> str:
    try:
        raw = read_quietly(around.root / path, 64 * 1024)
    except OSError:
        return ""
    return raw.decode("utf-8", "replace")


def _inside(around: Surroundings) -> tuple[Inside, ...]:
    env = around.environ
    kernel = _system_text(around, "proc/version").lower()
    marks = [around.root / ".dockerenv", around.root / "run/.containerenv"]
    groups = _system_text(around, "proc/1/cgroup")
    contained = (
        any(mark.exists() for mark in marks)
        or bool(env.get("KUBERNETES_SERVICE_HOST") or env.get("container"))
        or re.search(r"docker|kubepods|containerd|lxc|podman", groups) is not None
    )
    found: dict[Inside, bool] = {
        "wsl": bool(env.get("WSL_DISTRO_NAME")) or "microsoft" in kernel,
        "container": contained,
        "devcontainer": any(env.get(name) for name in _DEVCONTAINER),
        "ssh": bool(env.get("SSH_CONNECTION") or env.get("SSH_CLIENT")),
        "ci": any(env.get(name, "") not in ("", "false", "0") for name in _CI),
    }
    return tuple(name for name, here in found.items() if here)


def _hosts(around: Surroundings) -> list[list[str]]:
    text = _system_text(around, "etc/hosts")
    return [line.partition("#")[0].split() for line in text.splitlines()]


def _localhost(around: Surroundings) -> tuple[str, ...]:
    found = [words[0] for words in _hosts(around) if "localhost" in words[1:]]
    return tuple(dict.fromkeys(found))[:4]


def _host_gateway(around: Surroundings) -> str:
    """Return the name under which a container reaches its host, if one is known."""
    names = ("host.docker.internal", "host.containers.internal")
    known = {word for words in _hosts(around) for word in words[1:]}
    return next((name for name in names if name in known), "")


def _default_route(around: Surroundings) -> bool | None:
    table = _system_text(around, "proc/net/route").splitlines()
    if not table:
        return None
    # A namespace without a network still has the head of the table.
    return any(line.split()[1:2] == ["00000000"] for line in table[1:])


def _clock(around: Surroundings) -> bool | None:
    folder = around.root / "run/systemd/timesync"
    if not folder.is_dir():
        return None
    return (folder / "synchronized").exists()
