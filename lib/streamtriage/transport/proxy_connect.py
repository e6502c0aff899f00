"""CONNECT through a forward proxy: what it answers, and a TLS handshake inside."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from typing import TYPE_CHECKING
from urllib.parse import unquote

from streamtriage.model.addresses import port_of
from streamtriage.transport.failures import classify, describe
from streamtriage.transport.http_library import httpx
from streamtriage.transport.recorder import Recorder
from streamtriage.transport.tls import Handshake, read

if TYPE_CHECKING:
    import ssl

    from streamtriage.model import Exchange
    from streamtriage.transport.requester import Wire

__all__ = ["ask_connect", "shake_inside"]

_HEAD_LIMIT = 16 * 1024
_BODY_LIMIT = 4 * 1024


async def ask_connect(wire: Wire, patience_s: float) -> Exchange:
    """Ask the proxy for a tunnel to the server, as a client would, and hang up.

    The proxy's own credentials go along; the server's never do.
    """
    recorder = Recorder(
        "CONNECT to the proxy", "CONNECT", "none", wire.now(), wire.late_s
    )
    try:
        async with asyncio.timeout(patience_s):
            reader, writer = await _dial(wire)
            try:
                writer.write(_request(wire))
                await _answer(wire, recorder, reader)
            finally:
                writer.transport.abort()
    except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
        recorder.finish(None, wire.now(), classify(error), describe(error))
    return recorder.exchange()


async def shake_inside(wire: Wire, context: ssl.SSLContext) -> Handshake | None:
    """Shake hands with whatever is at the other end of the tunnel; None if refused.

    Raises what the socket and OpenSSL raise; the caller bounds the time.
    """
    reader, writer = await _dial(wire)
    try:
        writer.write(_request(wire))
        head = await reader.readuntil(b"\r\n\r\n")
        if head.split(b" ", 2)[1:2] != [b"200"]:
            return None
        await writer.start_tls(context, server_hostname=_server(wire).host)
        return read(writer.get_extra_info("ssl_object"))
    finally:
        writer.transport.abort()


async def _dial(wire: Wire) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    proxy = _proxy(wire)
    return await asyncio.open_connection(
        proxy.host,
        port_of(proxy.scheme, proxy.port),
        ssl=wire.trusted if proxy.scheme == "https" else None,
        limit=_HEAD_LIMIT,
    )


def _proxy(wire: Wire) -> httpx.URL:
    return httpx.URL(wire.target.proxy or "")


def _server(wire: Wire) -> httpx.URL:
    return httpx.URL(wire.target.url)


def _request(wire: Wire) -> bytes:
    server, proxy = _server(wire), _proxy(wire)
    host = f"[{server.host}]" if ":" in server.host else server.host
    place = f"{host}:{port_of(server.scheme, server.port)}"
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    if proxy.userinfo:
        user = unquote(proxy.userinfo.decode("ascii", "replace"))
        secret = base64.b64encode(user.encode()).decode("ascii")
        lines.append(f"Proxy-Authorization: Basic {secret}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def _answer(wire: Wire, recorder: Recorder, reader: asyncio.StreamReader) -> None:
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except asyncio.LimitOverrunError as error:
        raise ValueError("the proxy's answer has no end") from error
    first, *rest = raw.decode("latin-1").split("\r\n")
    version, _, status = first.partition(" ")
    code, _, reason = status.partition(" ")
    if not version.startswith("HTTP/") or not code.isdigit():
        raise ValueError("the proxy's answer is not HTTP")
    fields = [line.partition(":")[::2] for line in rest if ":" in line]
    response = httpx.Response(
        int(code),
        headers=[(name.strip(), value.strip()) for name, value in fields],
        extensions={
            "http_version": version.encode("latin-1"),
            "reason_phrase": reason.encode("latin-1"),
        },
    )
    recorder.head(response, wire.now(), 0.0)
    if not 200 <= int(code) < 300:
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(1.0):
                recorder.data(await reader.read(_BODY_LIMIT), wire.now())
    recorder.finish(None, wire.now())
