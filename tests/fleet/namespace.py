"""A network namespace of its own, with one worker in it and a way to the scheduler.

Run inside `unshare`: `python namespace.py FOLDER SCHEDULER_PORT WORKER_PORT COMMAND…`.
Sockets in the file system do not belong to a network namespace, so bytes go through
two of them: from the worker to the scheduler, and from the scheduler to the worker.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import socket
import struct
import sys
from pathlib import Path

OUTWARDS, INWARDS = "to-scheduler.sock", "to-worker.sock"
SIOCSIFFLAGS, IFF_UP_AND_LOOPBACK = 0x8914, 0x1 | 0x8


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def joined(
    one: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    other: tuple[asyncio.StreamReader, asyncio.StreamWriter],
) -> None:
    await asyncio.gather(pump(one[0], other[1]), pump(other[0], one[1]))


async def tcp_to_file(port: int, path: Path) -> asyncio.Server:
    """Take connections on a port of loopback, and pass them on to a file."""

    async def on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            other = await asyncio.open_unix_connection(str(path))
        except OSError:
            writer.close()
            return
        await joined((reader, writer), other)

    return await asyncio.start_server(on, "127.0.0.1", port)


async def file_to_tcp(path: Path, port: int) -> asyncio.Server:
    """Take connections on a file, and pass them on to a port of loopback."""

    async def on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            other = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        await joined((reader, writer), other)

    return await asyncio.start_unix_server(on, str(path))


def loopback_up() -> None:
    with socket.socket() as sock:
        request = struct.pack("16sh14x", b"lo", IFF_UP_AND_LOOPBACK)
        fcntl.ioctl(sock, SIOCSIFFLAGS, request)


async def inside(folder: Path, scheduler: int, worker: int, command: list[str]) -> int:
    """Run the worker where there is nothing but a loopback of its own."""
    await tcp_to_file(scheduler, folder / OUTWARDS)
    await file_to_tcp(folder / INWARDS, worker)
    process = await asyncio.create_subprocess_exec(*command)
    return await process.wait()


if __name__ == "__main__":
    loopback_up()
    place, outer, inner = sys.argv[1:4]
    end = inside(Path(place), int(outer), int(inner), sys.argv[4:])
    # What a handler of a cut connection still does is nobody's business any more.
    os._exit(asyncio.run(end))
