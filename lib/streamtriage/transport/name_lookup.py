"""Looking names up, without a thread that anybody has to wait for."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from typing import Any, TypeAlias

__all__ = ["is_plain_name", "resolve"]

Info: TypeAlias = tuple[Any, Any, Any, Any, Any]

# Where a name server is silent, the C library waits for half a minute and cannot be
# told to stop. asyncio's own threads would keep the whole program from ending, so each
# look-up has a thread of its own that nobody waits for, and equal ones share it.
_asked: dict[tuple[int, str, int], asyncio.Future[list[Info]]] = {}


async def resolve(host: str, port: int) -> list[Info]:
    """Return what `socket.getaddrinfo` says of a TCP address, and raise what it does.

    The caller bounds the time.
    """
    # An address in digits is read and not asked for, so it needs no thread, which
    # takes longer than to connect.
    with contextlib.suppress(OSError, UnicodeError):
        return _infos(host, port, socket.AI_NUMERICHOST)
    loop = asyncio.get_running_loop()
    key = (id(loop), host, port)
    found = _asked.get(key)
    if found is None:
        found = loop.create_future()
        _asked[key] = found
        found.add_done_callback(lambda _done: _asked.pop(key, None))
        # RuntimeError: no thread is left; it is answered like a lack of memory.
        thread = threading.Thread(
            target=_look_up, args=(loop, found, host, port), daemon=True
        )
        try:
            thread.start()
        except RuntimeError as error:
            found.set_exception(socket.gaierror(socket.EAI_MEMORY, str(error)))
    return await asyncio.shield(found)


def is_plain_name(host: str) -> bool:
    """Tell whether a name is ASCII with labels of 1 to 63 bytes, as IDNA leaves it."""
    *labels, last = host.split(".")
    fit = all(0 < len(label) < 64 for label in labels)
    return host.isascii() and bool(host) and fit and len(last) < 64


def _infos(host: str, port: int, flags: int = 0) -> list[Info]:
    # As bytes it needs no IDNA, whose tables take 10 ms to import.
    name = host.encode("ascii") if is_plain_name(host) else host
    return socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=flags)


def _look_up(
    loop: asyncio.AbstractEventLoop,
    found: asyncio.Future[list[Info]],
    host: str,
    port: int,
) -> None:
    infos: list[Info] = []
    failed: Exception | None = None
    try:
        infos = _infos(host, port)
    except (OSError, UnicodeError) as error:
        failed = error

    def tell() -> None:
        if found.done():
            return
        if failed is not None:
            found.set_exception(failed)
            # Nobody may be waiting any more.
            found.exception()
        else:
            found.set_result(infos)

    with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile
        loop.call_soon_threadsafe(tell)
