"""One client against one fault, with nothing but loopback to reach.

`python -m real_clients.trial NAME@VERSION FAULT` prints the whole run as JSON.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import fcntl
import json
import os
import signal
import socket
import struct
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, cast

from real_clients.clients import Launch, RealClient, Start, client_called
from real_clients.ending import adopt_orphans, end_family, end_orphans
from real_clients.model import StandIn
from real_clients.server import TOOL, Asked, Fault, RecordingServer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

__all__ = ["Trial", "environ_of", "leave_network", "run_apart", "trial_of"]

# Long enough for two reopenings after the back-off (1.0 and 1.5 s) and slack; where a
# client's next wait grows, long enough to tell that there is none.
WAIT_S = 6.5
LONG_WAIT_S: Mapping[Fault, float] = MappingProxyType(
    {"reopening-502": 18.0, "reset": 10.0}
)
# An agent takes seconds to start on a loaded machine, before its session begins.
PATIENCE_S = 150.0


@dataclass(frozen=True)
class Trial:
    """What one client did against one fault: its requests, and what it printed."""

    client: str
    fault: Fault
    asked: tuple[Asked, ...]
    printed: str
    offered: tuple[str, ...]
    lasted_s: float


async def run_apart(client: RealClient, fault: Fault) -> Trial:
    """Run one trial in a process of its own, on a network that is loopback alone.

    Raises RuntimeError, with what it printed, if it fails.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "real_clients.trial",
        client.key,
        fault,
        cwd=Path(__file__).parents[1],
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(PATIENCE_S + 60):
            out, err = await process.communicate()
    finally:
        end_family(process.pid)
    if process.returncode != 0:
        raise RuntimeError(f"{client.key} {fault}: {err.decode()[-2000:]}")
    return trial_of(out.decode())


def trial_of(text: str) -> Trial:
    """Return a trial from the JSON that it was printed or kept as."""
    facts = json.loads(text)
    asked = tuple(Asked(**each) for each in facts.pop("asked"))
    return Trial(asked=asked, **{**facts, "offered": tuple(facts["offered"])})


# --- a network that is loopback alone -------------------------------------------------

_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_SIOCSIFFLAGS, _IFF_UP = 0x8914, 0x1


def leave_network() -> bool:
    """Put this process where there is only loopback; False where that is not allowed.

    Clients ask for updates, models and telemetry; a test sends nothing to anybody.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    flags = (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET)
    if all(libc.unshare(each) != 0 for each in flags):
        return False
    with socket.socket() as sock:
        request = struct.pack("16sH14x", b"lo", _IFF_UP)
        fcntl.ioctl(sock, _SIOCSIFFLAGS, request)
    return True


# --- the run itself -------------------------------------------------------------------


async def run(client: RealClient, fault: Fault, *, alone: bool) -> Trial:
    """Start the server, the stand-in and the client, and wait for the client's end."""
    with tempfile.TemporaryDirectory(prefix="client-") as name:
        home = Path(name)
        wait_s = LONG_WAIT_S.get(fault, WAIT_S)
        async with RecordingServer(fault) as server, StandIn(wait_s) as model:
            start = Start(client.install(), home, server.url, wait_s, model.url)
            launch = client.start(start)
            if not alone:
                # The second-best way to keep it at home.
                dead = {"HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "127.0.0.1"}
                launch = Launch(launch.command, {**launch.environ, **dead})
            began = server.now()
            printed = await _drive(client, launch, start)
            return Trial(
                client.key,
                fault,
                tuple(server.asked),
                printed.replace(str(home), "~")[-20_000:],
                tuple(model.offered),
                round(server.now() - began, 3),
            )


def environ_of(launch: Launch, start: Start) -> dict[str, str]:
    """Return what a client is started with: an empty home, and nothing of ours."""
    kept = {n: os.environ[n] for n in ("PATH", "LANG") if n in os.environ}
    home = str(start.home)
    here = {"HOME": home, "XDG_CACHE_HOME": f"{home}/.cache", "NO_COLOR": "1"}
    return kept | here | {"CI": "1", "TERM": "dumb"} | launch.environ


async def _drive(client: RealClient, launch: Launch, start: Start) -> str:
    stdio = client.drives == "stdio"
    # npm's scripts find their packages from the folder that they are started in.
    folder = start.folder if client.drives == "script" else start.home
    process = await asyncio.create_subprocess_exec(
        *launch.command,
        cwd=folder,
        env=environ_of(launch, start),
        stdin=asyncio.subprocess.PIPE if stdio else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
        limit=1 << 24,
    )
    printed: list[str] = []
    assert process.stderr is not None
    noise = asyncio.create_task(_collect(process.stderr, printed))
    assert process.stdout is not None
    try:
        async with asyncio.timeout(PATIENCE_S):
            if stdio:
                await _over_stdio(process, printed, start.seconds)
            else:
                await _collect(process.stdout, printed)
            await process.wait()
    except TimeoutError:
        printed.append("[ended by our patience]")
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        end_orphans()
        await asyncio.wait({noise}, timeout=2)
    return "\n".join(printed)


async def _collect(stream: asyncio.StreamReader, printed: list[str]) -> None:
    while line := await stream.readline():
        printed.append(line.decode(errors="replace").rstrip())


async def _over_stdio(
    process: asyncio.subprocess.Process, printed: list[str], wait_s: float
) -> None:
    """Be the stdio side's client: the handshake, a list, a wait, two calls."""
    assert process.stdin is not None
    assert process.stdout is not None
    writer, answers = process.stdin, _messages(process.stdout, printed)
    number = 0

    async def ask(method: str, **params: Any) -> None:
        nonlocal number
        number += 1
        message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        writer.write(json.dumps(message).encode() + b"\n")
        await writer.drain()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(15):
                async for answer in answers:
                    if answer.get("id") == number:
                        return

    me = {"name": "measured", "version": "1.0.0"}
    await ask(
        "initialize", protocolVersion="2025-11-25", capabilities={}, clientInfo=me
    )
    writer.write(b'{"jsonrpc":"2.0","method":"notifications/initialized"}\n')
    await ask("tools/list")
    await asyncio.sleep(wait_s)
    await ask("tools/call", name=TOOL, arguments={"text": "x"})
    await ask("tools/call", name=TOOL, arguments={"text": "x"})
    writer.close()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(3):
            await process.wait()
    if process.returncode is None:
        process.terminate()


async def _messages(
    stream: asyncio.StreamReader, printed: list[str]
) -> AsyncIterator[dict[str, Any]]:
    while line := await stream.readline():
        printed.append(line.decode(errors="replace").rstrip())
        with contextlib.suppress(ValueError):
            found = json.loads(line)
            if isinstance(found, dict):
                yield found


def main() -> None:
    key, fault = sys.argv[1:]
    (client,) = client_called(key)
    # Before the network is left, for installing needs it.
    client.install()
    adopt_orphans()
    alone = leave_network()
    found = asyncio.run(run(client, cast("Fault", fault), alone=alone))
    json.dump(asdict(found), sys.stdout)


if __name__ == "__main__":
    main()
