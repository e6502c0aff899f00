"""Fetching the issuer that a server forgot to send, from where the leaf says it is."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from streamtriage.on_first_use import Later
from streamtriage.transport.http_library import httpx

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.x509 import oid

    from streamtriage.transport.requester import Wire
else:
    x509 = Later("cryptography.x509")
    oid = Later("cryptography.x509.oid")

__all__ = ["fetch_issuers", "issuer_url", "with_issuers"]

_LARGEST = 64 * 1024


def _unreadable() -> tuple[type[Exception], ...]:
    return (
        ValueError,
        x509.InvalidVersion,
        x509.ExtensionNotFound,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    )


def issuer_url(der: bytes) -> str:
    """Return where the certificate says that its issuer can be had (RFC 5280, 4.2.2.1).

    Empty for a self-issued certificate, and where it names no http address.
    """
    try:
        cert = x509.load_der_x509_certificate(der)
        if cert.subject == cert.issuer:
            return ""
        access = cert.extensions.get_extension_for_class(
            x509.AuthorityInformationAccess
        )
    except _unreadable():
        return ""
    return next(
        (
            each.access_location.value
            for each in access.value
            if each.access_method == oid.AuthorityInformationAccessOID.CA_ISSUERS
            and isinstance(each.access_location, x509.UniformResourceIdentifier)
            and _askable(each.access_location.value)
        ),
        "",
    )


def _askable(url: str) -> bool:
    try:
        parsed = httpx.URL(url)
        return parsed.scheme == "http" and bool(parsed.host)
    except (httpx.InvalidURL, UnicodeError, ValueError):
        return False


async def fetch_issuers(wire: Wire, last: bytes, patience_s: float) -> list[bytes]:
    """Fetch the missing intermediates, two at most, as a browser would.

    A self-issued certificate is left out: who offers a root of its own is not thereby
    to be trusted.
    """
    found: list[bytes] = []
    url = issuer_url(last)
    while url and len(found) < 2 and not wire.braked:
        # A certificate is signed, so that http serves; RFC 5280 wants it so.
        live = await wire.apart().ask(
            "GET the issuer's certificate",
            method="GET",
            elsewhere=url,
            patience_s=patience_s,
        )
        der = _der(live.recorder.body) if live.recorder.status == 200 else None
        if der is None or not _intermediate(der):
            break
        found.append(der)
        url = issuer_url(der)
    return found


def with_issuers(context: ssl.SSLContext, issuers: list[bytes]) -> ssl.SSLContext:
    """Let the context use the issuers as links to a root, never as roots."""
    # Set by default from Python 3.13 on; it would make each of them an anchor.
    context.verify_flags &= ~ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=b"".join(issuers))
    return context


def _der(body: bytes) -> bytes | None:
    if not body or len(body) > _LARGEST:
        return None
    try:
        if body.startswith(b"-----BEGIN"):
            return ssl.PEM_cert_to_DER_cert(body.decode("ascii"))
        x509.load_der_x509_certificate(body)
    except _unreadable():
        return None
    return body


def _intermediate(der: bytes) -> bool:
    try:
        cert = x509.load_der_x509_certificate(der)
    except _unreadable():
        return False
    return cert.subject != cert.issuer
