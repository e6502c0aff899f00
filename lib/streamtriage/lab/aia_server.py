"""The place from which a certificate says that its issuer can be had."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

__all__ = ["Side", "issuer_file"]

Side: TypeAlias = Callable[
    [asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]
]


def issuer_file(der: bytes) -> Side:
    """Return a handler that answers every request with the certificate."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/pkix-cert\r\n"
                b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(der), der)
            )
            await writer.drain()
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    return serve
