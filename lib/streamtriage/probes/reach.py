"""Name, TCP and TLS of the first hop, each step by itself and timed."""

from __future__ import annotations

import asyncio
import socket
import ssl
from typing import TYPE_CHECKING

import httpx
from cryptography import x509

from streamtriage.model import Address, Event, Failure, ReachEvidence, TlsFacts
from streamtriage.wire.exchange import trust
from streamtriage.wire.failures import classify, describe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.wire.exchange import Wire

__all__ = ["run"]

_FAMILIES = {socket.AF_INET: "IPv4", socket.AF_INET6: "IPv6"}
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
    port = hop.port or (443 if hop.scheme == "https" else 80)
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
                "failure_detail": wire.redactor.text(describe(error)),
                "dns_s": round(wire.now(), 4),
                "timeline": tuple(log),
            }
        )
    dns_s = round(wire.now(), 4)
    _note(log, wire, "dns.done", ", ".join(ip for _, ip in names))
    addresses = await asyncio.gather(
        *(_connect(wire, log, family, ip, port, patience_s) for family, ip in names)
    )
    tls = None
    reachable = next((a for a in addresses if a.connect_s is not None), None)
    if hop.scheme == "https" and reachable is not None:
        tls = await _tls(wire, log, hop.host, reachable.ip, port, patience_s)
    return found.model_copy(
        update={
            "dns_s": dns_s,
            "addresses": tuple(addresses),
            "tls": tls,
            "failure": _failure(addresses, tls),
            "failure_detail": tls.verify_error if tls and tls.failure else "",
            "timeline": tuple(log),
        }
    )


async def _resolve(host: str, port: int) -> list[tuple[socket.AddressFamily, str]]:
    loop = asyncio.get_running_loop()
    infos = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
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
) -> Address:
    name = _FAMILIES[family]
    start = wire.now()
    try:
        _, writer = await asyncio.wait_for(
            asyncio.open_connection(ip, port), patience_s
        )
    except (OSError, TimeoutError) as error:
        failure = (
            Failure.CONNECT_TIMED_OUT
            if isinstance(error, TimeoutError)
            else classify(error)
        )
        _note(log, wire, "tcp.failed", f"{ip} {failure}")
        return Address(family=name, ip=ip, failure=failure)  # type: ignore[arg-type]
    writer.close()
    _note(log, wire, "tcp.connected", ip)
    return Address(
        family=name,  # type: ignore[arg-type]
        ip=ip,
        connect_s=round(wire.now() - start, 4),
    )


async def _tls(  # noqa: PLR0913
    wire: Wire, log: list[Event], host: str, ip: str, port: int, patience_s: float
) -> TlsFacts:
    """Shake hands as a Node client would; if that fails, once more without checks.

    The second handshake carries no request and no secret: it reads the certificate.
    """
    context = trust(wire.target.ca_file)
    context.set_alpn_protocols(["h2", "http/1.1"])
    start = wire.now()
    try:
        facts = await asyncio.wait_for(_handshake(context, host, ip, port), patience_s)
        checked = facts.model_copy(
            update={
                "trusted": True,
                "names_match": True,
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


async def _unverified(
    host: str,
    ip: str,
    port: int,
    patience_s: float,
    error: ssl.SSLCertVerificationError,
) -> TlsFacts:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2", "http/1.1"])
    try:
        facts = await asyncio.wait_for(_handshake(context, host, ip, port), patience_s)
    except (OSError, TimeoutError):
        facts = TlsFacts()
    return facts.model_copy(
        update={
            "trusted": error.verify_code in _NOT_CHAIN,
            "names_match": _covers(facts.names, host) if facts.names else None,
            "verify_error": error.verify_message,
            "failure": classify(error),
        }
    )


async def _handshake(
    context: ssl.SSLContext, host: str, ip: str, port: int
) -> TlsFacts:
    _, writer = await asyncio.open_connection(
        ip, port, ssl=context, server_hostname=host
    )
    try:
        tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
        der = tls.getpeercert(binary_form=True)
        version, alpn = tls.version() or "", tls.selected_alpn_protocol() or ""
    finally:
        writer.transport.abort()
    facts = TlsFacts(version=version, alpn=alpn)
    return facts.model_copy(update=_certificate(der)) if der else facts


def _certificate(der: bytes) -> dict[str, object]:
    try:
        cert = x509.load_der_x509_certificate(der)
        extension = cert.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        names = [
            *extension.value.get_values_for_type(x509.DNSName),
            *map(str, extension.value.get_values_for_type(x509.IPAddress)),
        ]
    except x509.ExtensionNotFound:
        names = []
    except (ValueError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        return {}
    try:
        return {
            "subject": cert.subject.rfc4514_string()[:200],
            "issuer": cert.issuer.rfc4514_string()[:200],
            "names": tuple(name[:200] for name in names[:20]),
            "not_before": cert.not_valid_before_utc.isoformat(),
            "not_after": cert.not_valid_after_utc.isoformat(),
        }
    except ValueError:
        return {}


def _covers(names: Sequence[str], host: str) -> bool:
    """Apply RFC 9525, 6.3: one wildcard, only as the whole leftmost label."""
    host = host.lower().rstrip(".")
    for name in (each.lower() for each in names):
        if name == host:
            return True
        if name.startswith("*.") and host.partition(".")[2] == name[2:]:
            return True
    return False


def _failure(addresses: Sequence[Address], tls: TlsFacts | None) -> Failure | None:
    if all(address.connect_s is None for address in addresses):
        return addresses[0].failure if addresses else Failure.DNS_FAILED
    return tls.failure if tls is not None else None


def _note(log: list[Event], wire: Wire, kind: str, detail: str) -> None:
    text = wire.redactor.text(detail)[:200]
    log.append(Event(at_s=round(wire.now(), 4), kind=kind, detail=text))
