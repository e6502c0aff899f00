"""Certificates for the lab: right ones, and wrong in one way each."""

from __future__ import annotations

import ssl
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from streamtriage.on_first_use import Later

if TYPE_CHECKING:
    from pathlib import Path

    import trustme
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

    from streamtriage.lab.scenario import Certificate
else:
    # Whoever only lists the faults needs no server.
    trustme = Later("trustme")
    x509 = Later("cryptography.x509")
    hashes = Later("cryptography.hazmat.primitives.hashes")
    serialization = Later("cryptography.hazmat.primitives.serialization")
    ec = Later("cryptography.hazmat.primitives.asymmetric.ec")
    AuthorityInformationAccessOID = Later(
        "cryptography.x509.oid", "AuthorityInformationAccessOID"
    )
    NameOID = Later("cryptography.x509.oid", "NameOID")

__all__ = ["Issued", "issue"]

_HOSTS = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Issued:
    """What one scenario's certificates come to.

    `server` are uvicorn's arguments. `issuer` is the intermediate that the server
    leaves out. `strict` refuses every client of today. `trusted` is what a client that
    has the CA file trusts.
    """

    ca_file: str
    server: dict[str, Any]
    issuer: bytes = b""
    strict: ssl.SSLContext | None = None
    inspector: ssl.SSLContext | None = None
    trusted: ssl.SSLContext | None = None


def issue(
    kind: Certificate, folder: Path, issuer_port: int, *, inspect: bool
) -> Issued:
    """Make what the server, and an inspecting proxy if there is one, present."""
    authority = trustme.CA(organization_name="Lab authority")
    ca_file, server_file = folder / "ca.pem", folder / "server.pem"
    authority.cert_pem.write_to_path(ca_file)
    issuer = b""
    if kind == "leaf-only":
        issuer = _leaf_only(authority, server_file, issuer_port)
    else:
        start, end = _dates(kind)
        issued = authority.issue_cert(*_names(kind), not_before=start, not_after=end)
        issued.private_key_and_cert_chain_pem.write_to_path(server_file)
    server: dict[str, Any] = {"ssl_certfile": str(server_file)}
    if kind == "mutual":
        return Issued(str(ca_file), server, strict=_strict(server_file, ca_file))
    if kind == "outdated":
        return Issued(str(ca_file), server, strict=_outdated(server_file))
    if not inspect:
        return Issued(str(ca_file), server, issuer)
    trusted = ssl.create_default_context(cafile=str(ca_file))
    inspector = _inspector(ca_file)
    return Issued(str(ca_file), server, issuer, inspector=inspector, trusted=trusted)


def _strict(server_file: Path, ca_file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server_file)
    context.load_verify_locations(ca_file)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def _outdated(server_file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server_file)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


def _names(kind: Certificate) -> tuple[str, ...]:
    return ("mcp.other.example",) if kind == "wrong-name" else _HOSTS


def _dates(kind: Certificate) -> tuple[datetime | None, datetime | None]:
    now, day = datetime.now(UTC), timedelta(days=1)
    if kind == "expired":
        return now - 90 * day, now - day
    if kind == "not-yet-valid":
        return now + day, now + 90 * day
    return None, None


def _inspector(ca_file: Path) -> ssl.SSLContext:
    """Return what an inspecting proxy presents, and have the client trust it."""
    company = trustme.CA(organization_name="Lab company inspection")
    company.cert_pem.write_to_path(ca_file, append=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    company.issue_cert(*_HOSTS).configure_cert(context)
    return context


def _leaf_only(authority: trustme.CA, server_file: Path, issuer_port: int) -> bytes:
    """Write a leaf that says where its issuer can be had; return that issuer."""
    between = authority.create_child_ca()
    signer_key = serialization.load_pem_private_key(
        between.private_key_pem.bytes(), None
    )
    assert isinstance(signer_key, ec.EllipticCurvePrivateKey)
    signer = x509.load_pem_x509_certificate(between.cert_pem.bytes())
    key = ec.generate_private_key(ec.SECP256R1())
    place = x509.UniformResourceIdentifier(
        f"http://127.0.0.1:{issuer_port}/.well-known/issuer.cer"
    )
    now = datetime.now(UTC)
    leaf = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "lab leaf")]))
        .issuer_name(signer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(_alternatives(), critical=False)
        .add_extension(
            x509.AuthorityInformationAccess(
                [
                    x509.AccessDescription(
                        AuthorityInformationAccessOID.CA_ISSUERS, place
                    )
                ]
            ),
            critical=False,
        )
        .sign(signer_key, hashes.SHA256())
    )
    server_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + leaf.public_bytes(serialization.Encoding.PEM)
    )
    return signer.public_bytes(serialization.Encoding.DER)


def _alternatives() -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName(
        [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    )
