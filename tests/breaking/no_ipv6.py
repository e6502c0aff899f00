"""Triages from a machine without IPv6; run inside namespaces of its own.

`python -m breaking.no_ipv6 FOLDER` takes IPv6 and the names of this machine away, so it
asks first whether the network that it sees is empty.
"""

from __future__ import annotations

import asyncio
import fcntl
import json
import socket
import struct
import subprocess
import sys
from pathlib import Path

from streamtriage.model import Intake
from streamtriage.triage import triage
from unseen.world import World

NAMES = "127.0.0.1 localhost both.test\n2001:db8::7 both.test six.test\n"
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 1


def prepare(folder: Path) -> None:
    """Switch loopback on, IPv6 off, and let two names lead to IPv6 addresses."""
    if {name for _, name in socket.if_nameindex()} - {"lo"}:
        raise SystemExit("This is no network of its own; nothing was changed.")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        found = fcntl.ioctl(asked, _GET_FLAGS, struct.pack("16sh14x", b"lo", 0))
        flags = struct.unpack("16sh14x", found)[1]
        up = struct.pack("16sh14x", b"lo", flags | _UP)
        fcntl.ioctl(asked, _SET_FLAGS, up)
    Path("/proc/sys/net/ipv6/conf/all/disable_ipv6").write_text("1")
    names = folder / "hosts"
    names.write_text(NAMES)
    subprocess.run(["mount", "--bind", str(names), "/etc/hosts"], check=True)


async def judged(host: str) -> dict[str, object]:
    async with World().running() as url:
        intake = Intake(url=url.replace("127.0.0.1", host), hold_s=0.0)
        verdict = ((await triage(intake, environ={})).shown).verdict
    return {"outcome": verdict.outcome, "causes": verdict.causes}


if __name__ == "__main__":
    prepare(Path(sys.argv[1]))
    hosts = ("both.test", "six.test")
    told = {host: asyncio.run(judged(host)) for host in hosts}
    sys.stdout.write(json.dumps(told))
