"""Name, TCP and TLS of the first hop, each step by itself and timed."""

from __future__ import annotations

import asyncio
import socket
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from streamtriage.model import (
    Address,
    Event,
    Exchange,
    Failure,
    ReachEvidence,
    TlsFacts,
)
from streamtriage.model.addresses import port_of
from streamtriage.probes.context import Probe, always
from streamtriage.protocol.messages import discover, modern_headers
from streamtriage.transport.failures import classify, describe
from streamtriage.transport.http_library import httpx
from streamtriage.transport.name_lookup import resolve
from streamtriage.transport.tls import ALPN, covers, shake, unchecked
from streamtriage.transport.trust_stores import trusting, with_stores

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.transport.handed import HandedOver
    from streamtriage.transport.requester import Wire

__all__ = ["PROBE", "run"]

_FAMILIES = {socket.AF_INET: "IPv4", socket.AF_INET6: "IPv6"}
_LOOPBACK = {"127.0.0.1": socket.AF_INET, "::1": socket.AF_INET6}
# A name may have any number of addresses, and we connect to each at the same time.
_MOST_ADDRESSES = 16
# X509_V_ERR_*, openssl/x509_vfy.h: names and dates; all else concerns the chain.
_NOT_CHAIN = (9, 10, 62, 63, 64)


async def run(wire: Wire, *, patience_s: float | None = None) -> ReachEvidence:
    """Resolve the first hop, connect to every address of it, and shake hands over TLS.

    Behind a proxy the first hop is the proxy, and the server itself is not reached.
    """
    patience_s = patience_s or wire.head_patience_s
    server = httpx.URL(wire.target.url)
    hop = httpx.URL(wire.target.proxy) if wire.target.proxy else server
    port = port_of(hop.scheme, hop.port)
    log: list[Event] = []
    found = ReachEvidence(
        host=hop.host,
        port=port,
        scheme=server.scheme,
        proxy=hop.host if wire.target.proxy else None,
    )
    try:
        names = await asyncio.wait_for(_resolve(hop.host, port), patience_s)
    except (OSError, UnicodeError, TimeoutError) as error:
        failure = (
            Failure.TIMED_OUT if isinstance(error, TimeoutError) else classify(error)
        )
        _note(log, wire, "dns.failed", describe(error))
        return found.model_copy(
            update={
                "failure": failure,
                "failure_detail": describe(error),
                "dns_s": round(wire.now(), 4),
                "timeline": tuple(log),
            }
        )
    dns_s = round(wire.now(), 4)
    _note(log, wire, "dns.done", ", ".join(ip for _, ip in names))
    # The first request goes out on this connection, unless a handshake comes before.
    spare = wire.handed if hop.scheme == "http" and wire.target.proxy is None else None
    addresses = await asyncio.gather(
        *(
            _connect(wire, log, family, ip, port, patience_s, spare)
            for family, ip in names
        )
    )
    twins: tuple[Address, ...] = ()
    twin_answer = None
    if wire.target.proxy is None:
        twins, twin_answer = await _twins(wire, log, server, port, addresses)
    tls, widened = None, False
    reachable = next((a for a in addresses if a.connect_s is not None), None)
    if hop.scheme == "https" and reachable is not None:
        tls = await _tls(wire, log, hop.host, reachable.ip, port, patience_s)
        if tls.failure is Failure.TLS_UNTRUSTED:
            widened = await _widen(wire, hop.host, reachable.ip, port, patience_s)
    return found.model_copy(
        update={
            "dns_s": dns_s,
            "addresses": tuple(addresses),
            "twins": twins,
            "twin_answer": twin_answer,
            "tls": tls,
            "widened": widened,
            "failure": _failure(addresses, tls),
            "failure_detail": tls.verify_error if tls and tls.failure else "",
            "timeline": tuple(log),
        }
    )


async def _twins(
    wire: Wire,
    log: list[Event],
    url: httpx.URL,
    port: int,
    tried: Sequence[Address],
) -> tuple[tuple[Address, ...], Exchange | None]:
    """Try the loopback address of the other family, and ask it what it is.

    Tried only where the URL's own addresses do not accept, and without credentials.
    """
    if any(address.connect_s is not None for address in tried):
        return (), None
    named = {address.ip for address in tried}
    if url.host != "localhost" and not named <= _LOOPBACK.keys():
        return (), None
    missing = [(family, ip) for ip, family in _LOOPBACK.items() if ip not in named]
    twins = await asyncio.gather(
        *(_connect(wire, log, family, ip, port, 1.0) for family, ip in missing)
    )
    open_one = next((twin for twin in twins if twin.connect_s is not None), None)
    if open_one is None:
        return tuple(twins), None
    live = await wire.aside(url=str(url.copy_with(host=open_one.ip)), bare=True).ask(
        f"server/discover at {open_one.ip}, without credentials",
        body=discover(),
        extra=modern_headers("server/discover"),
        patience_s=2.0,
    )
    log.extend(live.events)
    return tuple(twins), live.exchange()


async def _resolve(host: str, port: int) -> list[tuple[socket.AddressFamily, str]]:
    infos = await resolve(host, port)
    pairs = [(info[0], str(info[4][0])) for info in infos if info[0] in _FAMILIES]
    distinct: list[tuple[socket.AddressFamily, str]] = list(dict.fromkeys(pairs))
    return distinct[:_MOST_ADDRESSES]


async def _connect(  # noqa: PLR0913 - one address, its log and our patience
    wire: Wire,
    log: list[Event],
    family: socket.AddressFamily,
    ip: str,
    port: int,
    patience_s: float,
    spare: HandedOver | None = None,
) -> Address:
    """Connect once; the connection goes to `spare`, where there is one."""
    name = _FAMILIES[family]
    start = wire.now()
    try:
        connected = await _connected(family, ip, port, patience_s)
    except (OSError, TimeoutError) as error:
        failure = (
            Failure.CONNECT_TIMED_OUT
            if isinstance(error, TimeoutError)
            else classify(error, family)
        )
        if failure is Failure.OWN_SHORTAGE:
            wire.short(describe(error, family))
        _note(log, wire, "tcp.failed", f"{ip} {failure}")
        return Address(family=name, ip=ip, failure=failure)  # type: ignore[arg-type]
    _note(log, wire, "tcp.connected", ip)
    if spare is not None:
        spare.give(ip, port, connected)
    else:
        connected.close()
    return Address(
        family=name,  # type: ignore[arg-type]
        ip=ip,
        connect_s=round(wire.now() - start, 4),
    )


async def _connected(
    family: socket.AddressFamily, ip: str, port: int, patience_s: float
) -> socket.socket:
    # Named, for asyncio turns Nagle's algorithm off only where this says TCP.
    connected = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        connected.settimeout(0)
        connecting = asyncio.get_running_loop().sock_connect(connected, (ip, port))
        await asyncio.wait_for(connecting, patience_s)
    except BaseException:
        connected.close()
        raise
    return connected


async def _tls(  # noqa: PLR0913
    wire: Wire, log: list[Event], host: str, ip: str, port: int, patience_s: float
) -> TlsFacts:
    """Shake hands as the client would; if that fails, once more without checks.

    The second handshake carries no request and no secret: it reads the certificate.
    """
    context = trusting(with_stores(wire.target))
    context.set_alpn_protocols(list(ALPN))
    start = wire.now()
    try:
        seen = await asyncio.wait_for(shake(context, host, ip, port), patience_s)
        checked = seen.facts().model_copy(
            update={
                "trusted": True,
                "names_match": True,
                "dates_hold": True,
                "handshake_s": round(wire.now() - start, 4),
            }
        )
        _note(log, wire, "tls.done", f"{checked.version} {checked.alpn}")
    except ssl.SSLCertVerificationError as error:
        checked = await _unverified(host, ip, port, patience_s, error)
        _note(log, wire, "tls.failed", str(checked.failure))
    except (OSError, TimeoutError) as error:
        failure = (
            Failure.TIMED_OUT if isinstance(error, TimeoutError) else classify(error)
        )
        checked = TlsFacts(failure=failure, verify_error=describe(error))
        _note(log, wire, "tls.failed", str(failure))
    return checked


async def _widen(wire: Wire, host: str, ip: str, port: int, patience_s: float) -> bool:
    """Go on with all authorities at hand, where those know this one."""
    try:
        context = trusting(with_stores(wire.target, wide=True))
        await asyncio.wait_for(shake(context, host, ip, port), patience_s)
    except (OSError, TimeoutError):
        return False
    wire.widen_trust()
    return True


async def _unverified(
    host: str,
    ip: str,
    port: int,
    patience_s: float,
    error: ssl.SSLCertVerificationError,
) -> TlsFacts:
    try:
        seen = await asyncio.wait_for(shake(unchecked(), host, ip, port), patience_s)
        facts = seen.facts()
    except (OSError, TimeoutError):
        facts = TlsFacts()
    return facts.model_copy(
        update={
            "trusted": error.verify_code in _NOT_CHAIN,
            "names_match": covers(facts.names, host) if facts.names else None,
            "dates_hold": _dates_hold(facts),
            "verify_error": error.verify_message,
            "failure": classify(error),
        }
    )


def _dates_hold(facts: TlsFacts) -> bool | None:
    """Tell whether the leaf is valid now; None without a certificate."""
    if not facts.not_before or not facts.not_after:
        return None
    start, end = map(datetime.fromisoformat, (facts.not_before, facts.not_after))
    return start <= datetime.now(UTC) <= end


def _failure(addresses: Sequence[Address], tls: TlsFacts | None) -> Failure | None:
    if all(address.connect_s is None for address in addresses):
        return addresses[0].failure if addresses else Failure.DNS_FAILED
    return tls.failure if tls is not None else None


def _note(log: list[Event], wire: Wire, kind: str, detail: str) -> None:
    log.append(Event(at_s=round(wire.now(), 4), kind=kind, detail=detail))


PROBE = Probe(
    "reach",
    "reach",
    "Reaching the server: name, TCP, TLS",
    always,
    lambda visit: run(visit.wire),
    builds_on=(),
)
