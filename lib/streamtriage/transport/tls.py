"""One TLS handshake, and what the certificates in it say."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from streamtriage.model import TlsFacts
from streamtriage.on_first_use import Later

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography import x509
else:
    x509 = Later("cryptography.x509")

__all__ = [
    "ALPN",
    "Handshake",
    "certificate_facts",
    "covers",
    "listen",
    "outdated",
    "read",
    "shake",
    "unchecked",
]

# RFC 8446, 5.1 and 4
_HANDSHAKE, _CERTIFICATE_REQUEST = 22, 13
ALPN = ("h2", "http/1.1")


@dataclass(frozen=True)
class Handshake:
    """What one completed handshake agreed on; `chain` is what was sent, leaf first."""

    version: str
    alpn: str
    chain: tuple[bytes, ...]

    def facts(self) -> TlsFacts:
        facts = TlsFacts(version=self.version, alpn=self.alpn)
        if not self.chain:
            return facts
        return facts.model_copy(update=certificate_facts(self.chain[0]))


def unchecked(alpn: Sequence[str] = ALPN) -> ssl.SSLContext:
    """Return a context that checks nothing; no request of the person's goes over it."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(list(alpn))
    return context


def outdated() -> ssl.SSLContext:
    """Return a context that also offers what clients have given up; it checks nothing.

    TLS 1.0 and 1.1 sign with SHA-1, which OpenSSL allows on its lowest level alone.
    """
    context = unchecked()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


async def shake(context: ssl.SSLContext, host: str, ip: str, port: int) -> Handshake:
    """Shake hands and hang up.

    Raises what the socket and OpenSSL raise; the caller bounds the time.
    """
    _, writer = await asyncio.open_connection(
        ip, port, ssl=context, server_hostname=host
    )
    try:
        return read(writer.get_extra_info("ssl_object"))
    finally:
        writer.transport.abort()


async def listen(host: str, ip: str, port: int) -> tuple[bool | None, str]:
    """Shake hands without a client certificate, send nothing, and hear what comes.

    Returns whether the server asked for a certificate, None where this Python cannot
    tell, and the alert that ended the connection, if one did. In TLS 1.3 it comes
    after the handshake, and would be lost in the reset that a request provokes.
    """
    kinds: list[int] = []

    def note(
        _tls: object, direction: str, _v: object, content: int, kind: int, _d: object
    ) -> None:
        if direction == "read" and content == _HANDSHAKE:
            kinds.append(kind)

    context = unchecked()
    can_tell = hasattr(context, "_msg_callback")
    if can_tell:
        setattr(context, "_msg_callback", note)  # noqa: B010 - not public
    alert = ""
    try:
        reader, writer = await asyncio.open_connection(
            ip, port, ssl=context, server_hostname=host
        )
        try:
            await asyncio.wait_for(reader.read(1), 0.5)
        finally:
            writer.transport.abort()
    except TimeoutError:
        pass
    except OSError as error:
        alert = str(getattr(error, "reason", "") or error)
    return (_CERTIFICATE_REQUEST in kinds) if can_tell else None, alert


def read(tls: ssl.SSLObject) -> Handshake:
    """Return what a handshake that is over agreed on."""
    return Handshake(
        tls.version() or "", tls.selected_alpn_protocol() or "", _sent_chain(tls)
    )


def _sent_chain(tls: ssl.SSLObject) -> tuple[bytes, ...]:
    # Public from Python 3.13 on; before, the same method of the object inside.
    inner: Any = tls if hasattr(tls, "get_unverified_chain") else tls.__dict__
    if isinstance(inner, dict):
        inner = inner.get("_sslobj")
    with contextlib.suppress(AttributeError, TypeError, ValueError):
        chain = inner.get_unverified_chain() or ()
        return tuple(
            each if isinstance(each, bytes) else each.public_bytes(2)  # ENCODING_DER
            for each in chain
        )
    leaf = tls.getpeercert(binary_form=True)
    return (leaf,) if leaf else ()


def certificate_facts(der: bytes) -> dict[str, object]:
    """Return the fields of `TlsFacts` that come from a certificate."""
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


def covers(names: Sequence[str], host: str) -> bool:
    """Apply RFC 9525, 6.3: one wildcard, only as the whole leftmost label."""
    host = host.lower().rstrip(".")
    for name in (each.lower() for each in names):
        if name == host:
            return True
        if name.startswith("*.") and host.partition(".")[2] == name[2:]:
            return True
    return False
