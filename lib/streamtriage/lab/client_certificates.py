"""A TLS end that refuses every client of today, and says so as OpenSSL does."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streamtriage.lab.aia_server import Side

__all__ = ["refuse_strangers"]


def refuse_strangers(context: ssl.SSLContext) -> Side:
    """Return a handler that shakes hands by these rules, and then hangs up.

    asyncio's own server drops the alert that OpenSSL writes; nginx, Go and Envoy send
    it.
    """

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inward, outward = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = context.wrap_bio(inward, outward, server_side=True)
        try:
            await _shake(tls, inward, outward, reader, writer)
            # What the client has sent by now is read, lest the close become a reset.
            async with asyncio.timeout(1.0):
                await reader.read()
        except (OSError, TimeoutError):
            pass
        finally:
            writer.close()

    return serve


async def _shake(
    tls: ssl.SSLObject,
    inward: ssl.MemoryBIO,
    outward: ssl.MemoryBIO,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
) -> None:
    while True:
        over = False
        try:
            tls.do_handshake()
            over = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError:
            over = True
        writer.write(outward.read())
        await writer.drain()
        if over:
            writer.write_eof()
            return
        data = await reader.read(65536)
        if not data:
            return
        inward.write(data)
