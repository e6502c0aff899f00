"""Which authorities are trusted: Mozilla's, a variable's, the operating system's."""

from __future__ import annotations

import contextlib
import os
import re
import ssl
from base64 import b64decode
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

import certifi

from streamtriage.model import Target, TrustStore
from streamtriage.on_first_use import Later, compile_later

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cryptography import x509
else:
    # A server without TLS needs none of it.
    x509 = Later("cryptography.x509")

__all__ = [
    "IssuerSought",
    "problem_of",
    "seek_issuer",
    "stores_at_hand",
    "trusting",
    "with_stores",
]

# Variables that some client reads as a file of authorities, or as a folder of them.
_FILES = ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "CODEX_CA_CERTIFICATE")
_FOLDERS = ("SSL_CERT_DIR",)
# Where the systems keep theirs. OpenSSL's own default paths follow SSL_CERT_FILE,
# which is another store.
_SYSTEM_FILES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
_SYSTEM_FOLDER = "/etc/ssl/certs"


def stores_at_hand(
    environ: Mapping[str, str], given: str | None = None, *, encrypted: bool = True
) -> tuple[TrustStore, ...]:
    """Return the stores that this shell and machine offer, beside Mozilla's roots.

    What a variable names and cannot be read keeps its place, with the problem: clients
    warn of it and go on. Where nothing is `encrypted`, a store's certificates are only
    looked at from outside.
    """
    found = [TrustStore(name="given", path=given)] if given else []
    for name in (*_FILES, *_FOLDERS):
        path = environ.get(name, "")
        if path:
            problem = problem_of(path, folder=name in _FOLDERS, encrypted=encrypted)
            found.append(TrustStore(name=name, path=path, problem=problem))
    return (*found, TrustStore(name="system"))


def problem_of(path: str, *, folder: bool = False, encrypted: bool = True) -> str:
    """Say why authorities cannot be read from a path; empty where they can."""
    # Not pathlib: what is no path at all, as a certificate itself, raises there.
    if folder:
        # The form of PATH: several folders, of which one is enough.
        any_there = any(map(os.path.isdir, path.split(os.pathsep)))
        return "" if any_there else "it does not exist"
    if not os.path.isfile(path):  # noqa: PTH113
        return "it does not exist"
    try:
        now = os.stat(path)  # noqa: PTH116
    except OSError:
        return "it cannot be read as PEM certificates"
    looks = _holds_certificates if encrypted else _frames_certificates
    readable = looks(path, now.st_ino, now.st_size, now.st_mtime_ns)
    return "" if readable else "it cannot be read as PEM certificates"


@lru_cache(maxsize=64)
def _holds_certificates(path: str, *_version: int) -> bool:
    """Read a file once for each of its versions: a system's bundle takes 20 ms."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=path)
    except (OSError, ValueError):
        return False
    return True


_PEM = compile_later(
    rb"-----BEGIN ((?:X509 |TRUSTED )?CERTIFICATE)-----(.*?)-----END \1-----", re.DOTALL
)


@lru_cache(maxsize=64)
def _frames_certificates(path: str, *version: int) -> bool:
    """Tell whether a file is PEM around the DER of certificates, a tenth as dear.

    What this cannot settle is read as `_holds_certificates` does.
    """
    try:
        blocks = [found[2] for found in _PEM.finditer(Path(path).read_bytes())]
        bodies = [b64decode(b"".join(b.split()), validate=True) for b in blocks]
    except (OSError, ValueError):
        return _holds_certificates(path, *version)
    # DER of a certificate is one SEQUENCE with two bytes of length (X.690, 8.1).
    whole = (
        body[:2] == b"\x30\x82" and len(body) == 4 + int.from_bytes(body[2:4])
        for body in bodies
    )
    return (bool(bodies) and all(whole)) or _holds_certificates(path, *version)


def trusting(stores: Iterable[TrustStore]) -> ssl.SSLContext:
    """Return a context that trusts Mozilla's roots and these stores.

    Raises OSError or ssl.SSLError if a file that was found whole no longer is.
    """
    # With `cafile` given, OpenSSL's default paths are not read.
    context = ssl.create_default_context(cafile=certifi.where())
    for store in stores:
        if not store.problem:
            _load(context, store)
    return context


def _load(context: ssl.SSLContext, store: TrustStore) -> None:
    if store.name == "system":
        _load_system(context)
    elif store.name in _FOLDERS:
        for each in store.path.split(os.pathsep):
            if os.path.isdir(each):  # noqa: PTH112
                context.load_verify_locations(capath=each)
    else:
        context.load_verify_locations(cafile=store.path)


def _load_system(context: ssl.SSLContext) -> None:
    if os.name == "nt":
        context.load_default_certs()
        return
    for path in _SYSTEM_FILES:
        if Path(path).is_file():
            context.load_verify_locations(cafile=path)
            break
    if Path(_SYSTEM_FOLDER).is_dir():
        context.load_verify_locations(capath=_SYSTEM_FOLDER)


def with_stores(target: Target, *, wide: bool = False) -> tuple[TrustStore, ...]:
    """Return the stores of a target that the client reads, or with `wide` all of them.

    A target that names none has its `ca_file`, and the system's beside it.
    """
    if not target.stores:
        path = target.ca_file
        given = (TrustStore(name="given", path=path, used=True),) if path else ()
        return (*given, TrustStore(name="system")) if wide else given
    return tuple(each for each in target.stores if wide or each.used)


@dataclass(frozen=True)
class IssuerSought:
    """Whether the issuer of a certificate is at hand, by its name.

    `related` is True where it is not, and yet is no root: its name says so, or it is of
    the make of an authority that was given for this server.
    """

    known: bool
    related: bool


def seek_issuer(stores: Iterable[TrustStore], der: bytes) -> IssuerSought | None:
    """Look for the issuer of a certificate in Mozilla's roots and in stores.

    None where the certificate cannot be read.
    """
    try:
        wanted = _of_certificate(x509.load_der_x509_certificate(der).issuer)
    except ValueError:
        return None
    known = _names(trusting(()))
    given: set[_Name] = set()
    for store in stores:
        if store.problem:
            continue
        held = _names(trusting((store,))) if store.name == "system" else _given(store)
        known |= held
        given |= held if len(held) <= _FEW else set()
    related = bool(_words(wanted) & _BETWEEN) or any(
        _alike(wanted, each) for each in given
    )
    return IssuerSought(wanted in known, related)


_Name: TypeAlias = frozenset[tuple[str, str]]
_SHORT = MappingProxyType(
    {
        "commonName": "CN",
        "organizationName": "O",
        "organizationalUnitName": "OU",
        "countryName": "C",
        "localityName": "L",
        "stateOrProvinceName": "ST",
        "domainComponent": "DC",
    }
)
# Words of authorities that a root signs, and those that any authority's name holds.
_BETWEEN = frozenset(("intermediate", "issuing", "sub", "subordinate", "ica"))
_ANY = frozenset(
    (
        *("root", "authority", "certificate", "certification", "trust", "global"),
        *("test", "testing", "class", "the", "and", "inc", "ltd", "llc", "gmbh"),
        *("company", "corporate", "internal", "private"),
    )
)
# A bundle of all the world's authorities was not given for one server.
_FEW = 20


def _of_certificate(name: x509.Name) -> _Name:
    pairs = ((each.rfc4514_attribute_name, str(each.value)) for each in name)
    return frozenset(each for each in pairs if each[0] in _SHORT.values())


def _names(context: ssl.SSLContext) -> set[_Name]:
    """Return the names of a context's authorities, read as OpenSSL reads them."""
    found: set[_Name] = set()
    for cert in context.get_ca_certs():
        subject: Any = cert.get("subject", ())
        pairs = [(str(key), str(value)) for rdn in subject for key, value in rdn]
        found.add(frozenset((_SHORT[k], v) for k, v in pairs if k in _SHORT))
    return found


def _given(store: TrustStore) -> set[_Name]:
    alone = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if store.name not in _FOLDERS:
        alone.load_verify_locations(cafile=store.path)
        return _names(alone)
    there = filter(os.path.isdir, store.path.split(os.pathsep))
    for folder in there:
        for place in sorted(Path(folder).glob("*"))[:500]:
            with contextlib.suppress(OSError):
                alone.load_verify_locations(cafile=place)
    return _names(alone)


def _alike(one: _Name, other: _Name) -> bool:
    """Tell whether two names share a word that not every authority's holds."""
    return bool((_words(one) & _words(other)) - _ANY - _BETWEEN)


def _words(name: _Name) -> set[str]:
    texts = (value.lower() for key, value in name if key in ("CN", "O", "OU"))
    return {w for text in texts for w in re.findall(r"[^\W\d_]{3,}", text)}
