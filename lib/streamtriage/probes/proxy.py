"""What the forward proxy answers, and what the same server answers without it."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from typing import TYPE_CHECKING

from streamtriage.model import Event, Failure, ProxyEvidence, ProxyPath
from streamtriage.probes.context import Probe
from streamtriage.transport.failures import classify
from streamtriage.transport.http_library import httpx
from streamtriage.transport.mcp_session import Session
from streamtriage.transport.proxy_connect import ask_connect, shake_inside
from streamtriage.transport.proxy_rules import bun_choice, node_choice, proxy_label
from streamtriage.transport.reopen import read_head
from streamtriage.transport.requester import trust
from streamtriage.transport.tls import Handshake, shake, unchecked

if TYPE_CHECKING:
    from streamtriage.probes.context import Visit
    from streamtriage.transport.requester import Wire

__all__ = ["PROBE", "needed", "run"]


# `LimitOverrunError` is an answer without end.
_FAILED = (
    OSError,
    TimeoutError,
    ValueError,
    asyncio.IncompleteReadError,
    asyncio.LimitOverrunError,
)


def needed(visit: Visit) -> bool:
    """Run where the client would go through a proxy."""
    return visit.wire.target.proxy is not None


async def run(visit: Visit, *, patience_s: float | None = None) -> ProxyEvidence:
    """Ask the proxy for a tunnel, then ask the server the same both ways.

    Ten requests, only where a proxy applies. No stream is opened for longer than it
    takes to see its head and its first byte.
    """
    wire = visit.wire
    patience_s = patience_s or wire.head_patience_s
    url, given = wire.target.url, visit.intake.proxy
    found = ProxyEvidence(
        proxy=proxy_label(wire.target.proxy or ""),
        source="given" if given else _variable(url, visit),
        choices=()
        if given
        else (node_choice(url, visit.environ), bun_choice(url, visit.environ)),
        credentials_sent=bool(httpx.URL(wire.target.proxy or "").userinfo),
    )
    if wire.braked:
        return found
    connect = await ask_connect(wire, patience_s)
    found = found.model_copy(update={"connect": connect})
    if connect.status == 429:
        wire.braked = True
    if visit.cancel.is_set() or wire.braked:
        return found
    direct = wire.aside(direct=True)
    (proxied, log), (straight, more) = await asyncio.gather(
        _walk(wire, "through the proxy", patience_s),
        _walk(direct, "without the proxy", patience_s),
    )
    return found.model_copy(
        update={
            "proxied": proxied,
            "direct": straight,
            "timeline": tuple(sorted((*log, *more), key=lambda event: event.at_s)),
        }
    )


def _variable(url: str, visit: Visit) -> str:
    name = f"{httpx.URL(url).scheme}_proxy"
    return name if visit.environ.get(name) else name.upper()


async def _walk(
    wire: Wire, way: str, patience_s: float
) -> tuple[ProxyPath, tuple[Event, ...]]:
    """Open a session of our own on this way, POST, GET, and end it."""
    session = Session(wire, way)
    path = ProxyPath()
    if httpx.URL(wire.target.url).scheme == "https":
        path = await _certificate(wire, patience_s)
    if path.tls_failure in (Failure.TIMED_OUT, Failure.CONNECT_TIMED_OUT):
        return path, ()
    initialize = (await session.initialize(patience_s)).exchange()
    found: dict[str, object] = {"initialize": initialize}
    if session.opened:
        await session.notify_initialized()
        live = await session.get("GET")
        _, post = await asyncio.gather(read_head(live, patience_s, 0.6), session.post())
        await live.close()
        found |= {"get": live.exchange(), "post": post.exchange()}
    await session.end()
    return path.model_copy(update=found), session.timeline


async def _certificate(wire: Wire, patience_s: float) -> ProxyPath:
    """Return who signed the certificate that is seen on this way."""
    try:
        async with asyncio.timeout(patience_s):
            seen = await _shake(wire, unchecked())
    except _FAILED as error:
        timed_out = isinstance(error, TimeoutError)
        failure = Failure.TIMED_OUT if timed_out else classify(error)
        return ProxyPath(tls_failure=failure)
    if seen is None or not seen.chain:
        return ProxyPath(tls_failure=Failure.PROXY_REFUSED)
    return ProxyPath(
        tls_issuer=seen.facts().issuer,
        tls_fingerprint=hashlib.sha256(seen.chain[0]).hexdigest()[:16],
        mozilla_trusts=await _mozilla_trusts(wire, patience_s),
    )


async def _shake(wire: Wire, context: ssl.SSLContext) -> Handshake | None:
    if wire.target.proxy:
        return await shake_inside(wire, context)
    server = httpx.URL(wire.target.url)
    return await shake(context, server.host, server.host, server.port or 443)


async def _mozilla_trusts(wire: Wire, patience_s: float) -> bool | None:
    context = trust(None)
    context.check_hostname = False
    try:
        async with asyncio.timeout(patience_s):
            await _shake(wire, context)
    except ssl.SSLCertVerificationError as error:
        return classify(error) is not Failure.TLS_UNTRUSTED
    except _FAILED:
        return None
    return True


PROBE = Probe(
    "proxy",
    "ask",
    "Asking the proxy, and the server without it",
    needed,
    run,
)
