"""Reaching the first hop: names, addresses, TLS."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
from typing import TYPE_CHECKING, Any

import pytest

from byte_server import ByteServer
from streamtriage.model import Failure, ReachEvidence, Target
from streamtriage.probes import reach
from streamtriage.transport.requester import Wire

if TYPE_CHECKING:
    import trustme

pytestmark = pytest.mark.anyio


async def reached(url: str, **facts: Any) -> ReachEvidence:
    wire = Wire(Target(url=url, **facts))
    try:
        return await reach.run(wire, patience_s=1.0)
    finally:
        await wire.close()


def context_of(cert: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    cert.configure_cert(context)
    return context


async def test_open_port_is_connected_and_timed() -> None:
    async with ByteServer() as server:
        found = await reached(server.url)

    assert found.failure is None
    assert [(a.family, a.ip) for a in found.addresses] == [("IPv4", "127.0.0.1")]
    assert found.addresses[0].connect_s is not None
    assert [event.kind for event in found.timeline] == ["dns.done", "tcp.connected"]
    assert server.requests == []


async def test_closed_port_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    found = await reached(f"http://127.0.0.1:{port}/")

    assert found.failure is Failure.REFUSED


async def test_name_under_invalid_does_not_exist() -> None:
    """RFC 6761 keeps such a name from ever existing; without a resolver it fails."""
    found = await reached("http://no-such-server.invalid/")

    assert found.failure in (Failure.DNS_NOT_FOUND, Failure.DNS_FAILED)
    assert found.addresses == ()
    assert found.timeline[0].kind == "dns.failed"


async def test_every_address_of_a_name_is_tried_by_itself() -> None:
    """A server on IPv4 alone is reached, and the refusal of ::1 is on record."""
    names = {info[4][0] for info in socket.getaddrinfo("localhost", 1)}
    if "::1" not in names:
        pytest.skip("localhost has no IPv6 address here")
    async with ByteServer() as server:
        found = await reached(server.url.replace("127.0.0.1", "localhost"))
    by_ip = {address.ip: address for address in found.addresses}

    assert found.failure is None
    assert by_ip["127.0.0.1"].connect_s is not None
    assert by_ip["::1"].connect_s is None
    assert by_ip["::1"].failure is not None


async def test_ipv6_literal_is_reached() -> None:
    try:
        async with ByteServer(host="::1") as server:
            found = await reached(server.url)
    except OSError:
        pytest.skip("there is no IPv6 on this machine")

    assert [(a.family, a.failure) for a in found.addresses] == [("IPv6", None)]


async def test_sound_certificate_is_trusted(tls: ssl.SSLContext, ca_file: str) -> None:
    async with ByteServer(tls=tls) as server:
        found = await reached(server.url, ca_file=ca_file)

    assert found.failure is None
    assert found.tls is not None
    assert (found.tls.trusted, found.tls.names_match) == (True, True)
    assert found.tls.alpn == "http/1.1"
    assert "127.0.0.1" in found.tls.names


async def test_unknown_authority_is_untrusted_but_the_name_fits(
    tls: ssl.SSLContext,
) -> None:
    async with ByteServer(tls=tls) as server:
        found = await reached(server.url)

    assert found.failure is Failure.TLS_UNTRUSTED
    assert found.tls is not None
    assert (found.tls.trusted, found.tls.names_match) == (False, True)
    assert "trustme" in found.tls.issuer


async def test_wrong_name_is_told_apart_from_trust(
    authority: trustme.CA, ca_file: str
) -> None:
    wrong = context_of(authority.issue_cert("mcp.other.example"))
    async with ByteServer(tls=wrong) as server:
        found = await reached(server.url, ca_file=ca_file)

    assert found.failure is Failure.TLS_NAME
    assert found.tls is not None
    assert (found.tls.trusted, found.tls.names_match) == (True, False)
    assert found.tls.names == ("mcp.other.example",)


async def test_expired_certificate_is_told_by_its_dates(
    authority: trustme.CA, ca_file: str
) -> None:
    past = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    expired = context_of(authority.issue_cert("127.0.0.1", not_after=past))
    async with ByteServer(tls=expired) as server:
        found = await reached(server.url, ca_file=ca_file)

    assert found.failure is Failure.TLS_DATES
    assert found.tls is not None
    assert found.tls.not_after.startswith("2020-01-01")
    assert (found.tls.trusted, found.tls.names_match) == (True, True)


async def test_tls_to_a_plain_server_fails_in_tls() -> None:
    async with ByteServer((b"HTTP/1.1 400 No\r\n\r\n",), speaks_first=True) as server:
        found = await reached(server.url.replace("http:", "https:"))

    assert found.failure is Failure.TLS_FAILED


async def test_tls_to_a_silent_server_times_out() -> None:
    async with ByteServer() as server:
        found = await reached(server.url.replace("http:", "https:"))

    assert found.failure is Failure.TIMED_OUT


async def test_first_hop_is_the_proxy() -> None:
    async with ByteServer() as proxy:
        found = await reached(
            "http://no-such-server.invalid/", proxy=proxy.url.removesuffix("/mcp")
        )

    assert found.failure is None
    assert (found.proxy, found.port) == ("127.0.0.1", proxy.port)
