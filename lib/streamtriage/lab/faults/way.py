"""Faults on the way to the server: addresses, TLS, forward proxies."""

from __future__ import annotations

from streamtriage.lab.asgi import keep_alive
from streamtriage.lab.forward_proxy import ForwardRules
from streamtriage.lab.scenario import Setup, fault

__all__ = [
    "address_unreachable",
    "localhost_ipv6_mismatch",
    "mtls_required",
    "proxy_env_connect_refused",
    "proxy_tls_inspection_buffers_sse",
    "tcp_blackhole_timeout",
    "tls_chain_incomplete",
    "tls_expired",
    "tls_protocol_refused",
    "tls_scheme_mismatch",
]


@fault
def tcp_blackhole_timeout() -> Setup:
    """Nobody answers a connection: neither yes nor no.

    A firewall that drops packets; here a queue that is full, for which Linux drops
    every SYN.
    """
    return Setup(silent=True)


@fault
def address_unreachable() -> Setup:
    """No way leads to the server's address.

    IPv6 where there is none; here a multicast group, to which no system connects TCP.
    """
    return Setup(host="224.0.0.1", listens=False)


@fault
def localhost_ipv6_mismatch() -> Setup:
    """The server listens on ::1 only, and the URL says 127.0.0.1.

    Node's `listen(port, 'localhost')` where the resolver puts ::1 first.
    """
    return Setup(address="::1", wrap=keep_alive(0.5))


@fault
def tls_scheme_mismatch() -> Setup:
    """The URL says https, and the port speaks plain HTTP.

    A development server behind no proxy, given a production URL.
    """
    return Setup(scheme="https", wrap=keep_alive(0.5))


@fault
def tls_expired() -> Setup:
    """The certificate expired yesterday.

    A renewal that ran, and a server that was not reloaded.
    """
    return Setup(certificate="expired", wrap=keep_alive(0.5))


@fault
def tls_protocol_refused() -> Setup:
    """The server speaks TLS 1.0 and 1.1 only.

    An appliance of 2012, or a load balancer with a policy of that time.
    """
    return Setup(certificate="outdated", wrap=keep_alive(0.5))


@fault
def tls_chain_incomplete() -> Setup:
    """The server sends its certificate without the intermediate that signed it.

    nginx with `cert.pem` in the place of `fullchain.pem`.
    """
    return Setup(certificate="leaf-only", wrap=keep_alive(0.5))


@fault
def mtls_required() -> Setup:
    """The server wants a client certificate.

    A service mesh's gateway, or nginx with `ssl_verify_client on`.
    """
    return Setup(certificate="mutual", wrap=keep_alive(0.5))


@fault
def proxy_env_connect_refused() -> Setup:
    """The proxy that the client is told to use refuses CONNECT.

    squid, which denies CONNECT to ports that are not on its list.
    """
    return Setup(
        certificate="valid", forward=ForwardRules(refuses=403), wrap=keep_alive(0.5)
    )


@fault
def proxy_tls_inspection_buffers_sse() -> Setup:
    """A company proxy opens TLS and scans each response whole before it passes it on.

    Broadcom's secure web gateway (KB 406021).
    """
    return Setup(
        certificate="valid", forward=ForwardRules(inspects=True), wrap=keep_alive(0.5)
    )
