"""Faults below HTTP: names, addresses, certificates."""

from __future__ import annotations

from streamtriage.lab.scenario import Setup, fault

__all__ = [
    "dns_nxdomain",
    "tcp_refused_server_down",
    "tls_name_mismatch",
    "tls_untrusted_ca",
]


@fault
def dns_nxdomain() -> Setup:
    """The server's name does not exist.

    A name under .invalid, which RFC 6761 keeps from ever existing.
    """
    return Setup(host="no-such-server.invalid", listens=False)


@fault
def tcp_refused_server_down() -> Setup:
    """Nothing listens on the server's port.

    A process that is down: the port is bound, so nobody else can take it, and refuses.
    """
    return Setup(listens=False)


@fault
def tls_untrusted_ca() -> Setup:
    """The certificate comes from a private authority that the client does not know.

    A company's own CA, which Node ignores without NODE_EXTRA_CA_CERTS.
    """
    return Setup(certificate="untrusted")


@fault
def tls_name_mismatch() -> Setup:
    """The certificate is for another name than the one in the URL.

    A server moved to a new host name with its old certificate.
    """
    return Setup(certificate="wrong-name")
