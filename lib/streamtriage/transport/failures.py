"""Exceptions of the network stack, told apart in the words of `model.Failure`."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import TYPE_CHECKING

from streamtriage.model import End, Failure
from streamtriage.on_first_use import Later
from streamtriage.shortage import own_shortage
from streamtriage.transport.http_library import httpcore

if TYPE_CHECKING:
    from h2 import errors, events, exceptions
else:
    events, exceptions = Later("h2.events"), Later("h2.exceptions")
    errors = Later("h2.errors")

__all__ = ["NotAskedError", "body_end", "classify", "describe", "h2_error"]

# X509_V_ERR_*: openssl/x509_vfy.h
_NAME_CODES = (62, 63, 64)
_DATE_CODES = (9, 10)

_ERRNOS = {
    errno.ECONNREFUSED: Failure.REFUSED,
    errno.ECONNRESET: Failure.RESET,
    errno.EPIPE: Failure.RESET,
    errno.ENETUNREACH: Failure.UNREACHABLE,
    errno.EHOSTUNREACH: Failure.UNREACHABLE,
    errno.ENETDOWN: Failure.UNREACHABLE,
    # Of an IPv4 address it is a shortage of ports, which is looked for before this.
    errno.EADDRNOTAVAIL: Failure.UNREACHABLE,
    errno.ETIMEDOUT: Failure.CONNECT_TIMED_OUT,
}

_TEXTS = {
    "Server disconnected": Failure.CLOSED,
    "peer closed connection": Failure.TRUNCATED,
    "Receive buffer too long": Failure.TOO_LARGE,
}

_NOT_FOUND = (socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME))


class NotAskedError(OSError):
    """An address was not connected to, because of who named it; the text says why."""


def classify(error: BaseException, family: int = 0) -> Failure:
    """Return the closed-vocabulary name of what an exception says.

    Walks the chain of causes, because the libraries wrap what the socket said. `family`
    is that of the address that was connected to, where the error does not know it.
    """
    links = _chain(error)
    for link in links:
        if isinstance(link, NotAskedError):
            return Failure.NOT_SENT
        if lacking(link, family):
            return Failure.OWN_SHORTAGE
    for link in links:
        found = _one(link)
        if found is not None:
            return found
    return Failure.FAILED


def describe(error: BaseException, family: int = 0) -> str:
    """Return the innermost message, which names what the socket said."""
    links = _chain(error)
    lacks = next(filter(None, (lacking(link, family) for link in links)), "")
    if lacks:
        return lacks
    texts = [str(link) for link in links if str(link)]
    return texts[-1][:300] if texts else type(error).__name__


def h2_error(error: BaseException) -> str:
    """Return the HTTP/2 error code of a RST_STREAM or GOAWAY, by its name.

    RFC 9113, 7; an unknown code comes back as its number, no HTTP/2 as empty text.
    """
    for link in _chain(error):
        event = link.args[0] if link.args else None
        if isinstance(event, events.StreamReset | events.ConnectionTerminated):
            code = event.error_code
            return code.name if isinstance(code, errors.ErrorCodes) else str(code)
    return ""


def body_end(failure: Failure) -> End:
    """Return how a body ended that was interrupted by this failure."""
    ends = {
        Failure.RESET: End.RESET,
        Failure.STREAM_RESET: End.STREAM_RESET,
        Failure.GOAWAY: End.GOAWAY,
        Failure.TRUNCATED: End.TRUNCATED,
        Failure.CLOSED: End.TRUNCATED,
        Failure.TLS_FAILED: End.TRUNCATED,
        Failure.TOO_LARGE: End.LIMITED,
    }
    return ends.get(failure, End.PROTOCOL)


def lacking(error: BaseException, family: int = 0) -> str:
    """Return what this machine lacked, in words; "" where it lacked nothing."""
    return own_shortage(error, getattr(error, "family", family))


def _chain(error: BaseException) -> list[BaseException]:
    links: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in links:
        links.append(current)
        current = current.__cause__ or current.__context__
    # An ExceptionGroup holds one error for each address that was tried.
    for link in tuple(links):
        if isinstance(link, BaseExceptionGroup):
            links.extend(link.exceptions)
    return links


def _one(error: BaseException) -> Failure | None:  # noqa: PLR0911 - a ladder
    if isinstance(error, ssl.SSLCertVerificationError):
        return _certificate(error)
    if isinstance(error, socket.gaierror):
        not_found = error.errno in _NOT_FOUND
        return Failure.DNS_NOT_FOUND if not_found else Failure.DNS_FAILED
    if isinstance(error, ssl.SSLError):
        return Failure.TLS_FAILED
    # Before what is of a library: a connection that failed needs none of it.
    if isinstance(error, OSError):
        return _ERRNOS.get(error.errno or 0)
    if isinstance(error, httpcore.ProxyError):
        return Failure.PROXY_REFUSED
    if isinstance(error, httpcore.RemoteProtocolError):
        return _protocol(error)
    if isinstance(error, exceptions.ProtocolError):
        # h2 calls header lists and frames above its bounds a denial of service.
        flood = isinstance(error, exceptions.DenialOfServiceError)
        return Failure.TOO_LARGE if flood else Failure.PROTOCOL
    if isinstance(error, ValueError) and str(error).startswith("invalid literal"):
        return Failure.PROTOCOL  # httpcore on an HTTP/2 status that is no number
    return None


def _certificate(error: ssl.SSLCertVerificationError) -> Failure:
    if error.verify_code in _NAME_CODES:
        return Failure.TLS_NAME
    if error.verify_code in _DATE_CODES:
        return Failure.TLS_DATES
    return Failure.TLS_UNTRUSTED


def _protocol(error: httpcore.RemoteProtocolError) -> Failure:
    subject = error.args[0] if error.args else ""
    if isinstance(subject, events.StreamReset):
        return Failure.STREAM_RESET
    if isinstance(subject, events.ConnectionTerminated):
        return Failure.GOAWAY
    # Only how these texts begin is the library's; what follows may be the server's.
    for start, failure in _TEXTS.items():
        if str(subject).startswith(start):
            return failure
    return Failure.PROTOCOL
