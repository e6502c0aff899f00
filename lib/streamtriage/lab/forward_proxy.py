"""A forward proxy that speaks CONNECT, with the bad habits of company proxies."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl
    from collections.abc import Coroutine

__all__ = ["ForwardProxy", "ForwardRules"]

_REASONS = {403: "Forbidden", 407: "Proxy Authentication Required"}


@dataclass(frozen=True)
class ForwardRules:
    """What the proxy does wrong.

    `refuses` is the status that it answers every CONNECT with. `inspects` opens the TLS
    inside the tunnel, and holds an event stream back until it is complete.
    """

    refuses: int | None = None
    inspects: bool = False


class ForwardProxy:
    """Joins a client to the host that it names, by its rules."""

    def __init__(
        self,
        rules: ForwardRules,
        presents: ssl.SSLContext | None = None,
        trusts: ssl.SSLContext | None = None,
    ) -> None:
        self._rules, self._presents, self._trusts = rules, presents, trusts

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            await self._answer(head, reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        except asyncio.CancelledError:
            # The lab ends: its loop has no time left to say goodbye over TLS.
            writer.transport.abort()
            raise
        finally:
            writer.close()

    async def _answer(
        self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        method, place, _ = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)
        host, _, port = place.rpartition(":")
        status = self._rules.refuses or (200 if method == "CONNECT" else 405)
        if status != 200:
            writer.write(_refusal(status))
            await writer.drain()
            return
        tls = self._trusts if self._rules.inspects else None
        up_reader, up_writer = await asyncio.open_connection(
            host.strip("[]"), int(port), ssl=tls
        )
        try:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await writer.drain()
            if self._rules.inspects and self._presents is not None:
                await writer.start_tls(self._presents)
            down = self._held if self._rules.inspects else _pump
            await _until_one_ends(_pump(reader, up_writer), down(up_reader, writer))
        except asyncio.CancelledError:
            up_writer.transport.abort()
            raise
        finally:
            up_writer.close()

    @staticmethod
    async def _held(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Scan each event stream whole before a byte of it goes on."""
        held = b""
        while data := await reader.read(65536):
            held += data
            stream = b"content-type: text/event-stream" in held.lower()
            if not stream or held.endswith(b"0\r\n\r\n"):
                writer.write(held)
                await writer.drain()
                held = b""


def _refusal(status: int) -> bytes:
    challenge = "Proxy-Authenticate: Basic realm=lab\r\n" if status == 407 else ""
    body = "<html><title>Access denied by the proxy</title></html>"
    return (
        f"HTTP/1.1 {status} {_REASONS.get(status, 'Refused')}\r\n{challenge}"
        f"Via: 1.1 lab-proxy\r\nContent-Type: text/html\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}"
    ).encode()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


async def _until_one_ends(*ways: Coroutine[None, None, None]) -> None:
    tasks = [asyncio.create_task(way) for way in ways]
    _, pending = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    for task in tasks:
        with contextlib.suppress(asyncio.CancelledError, OSError):
            await task
