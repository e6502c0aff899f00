"""Probes of the way to the server, over real sockets and byte scripts."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID
from pydantic import SecretStr

from byte_server import ByteServer, Flood, Received, Script, response
from streamtriage.model import End, Failure, Intake, Target
from streamtriage.probes import (
    Visit,
    loopback_control,
    provider,
    proxy,
    reach,
    redirect,
    tls,
)
from streamtriage.transport.certificate_fetch import fetch_issuers
from streamtriage.transport.proxy_connect import ask_connect
from streamtriage.transport.proxy_rules import bun_choice, node_choice
from streamtriage.transport.requester import Wire

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


def visit_of(url: str, *, intake: dict[str, Any] | None = None, **facts: Any) -> Visit:
    wire = Wire(Target(url=url, **facts), head_patience_s=1.0, answer_patience_s=1.0)
    return Visit(wire, Intake(url=url, **(intake or {})), asyncio.Event())


def moved(place: str, status: int = 307) -> Script:
    head = f"HTTP/1.1 {status} Moved\r\nlocation: {place}\r\ncontent-length: 0\r\n\r\n"
    return (head.encode(), "fin")


FINE: Script = (response(body=b"{}", kind="application/json"), "fin")


# --- redirect -----------------------------------------------------------------


async def test_unredirected_url_costs_one_request_in_all() -> None:
    async with ByteServer(FINE) as server:
        visit = visit_of(server.url)
        found = await redirect.run(visit)

    assert (found.hops, found.final_url, len(server.requests)) == ((), "", 1)
    assert visit.discovered is not None


async def test_redirect_inside_the_origin_moves_the_later_probes() -> None:
    def route(asked: Received) -> Script:
        return moved("/mcp/") if asked.target == "/mcp" else FINE

    async with ByteServer(route=route) as server:
        visit = visit_of(
            server.url, headers={"Authorization": SecretStr("Bearer a1b2")}
        )
        found = await redirect.run(visit)

    assert [r.method for r in server.requests] == ["POST", "POST"]
    assert server.requests[1].headers["authorization"] == "Bearer a1b2"
    assert visit.wire.target.url == f"{server.url}/" == found.final_url
    assert [hop.followed for hop in found.hops] == [True]


async def test_circle_ends_after_five_hops_like_the_reference_client() -> None:
    async with ByteServer(moved("/mcp")) as server:
        visit = visit_of(server.url)
        found = await redirect.run(visit)

    assert len(server.requests) == 6
    assert [hop.followed for hop in found.hops] == [True] * 5 + [False]
    assert found.final_url == ""


async def test_other_origin_is_never_asked() -> None:
    async with ByteServer(FINE) as other, ByteServer(moved(other.url)) as server:
        visit = visit_of(
            server.url, headers={"Authorization": SecretStr("Bearer a1b2")}
        )
        found = await redirect.run(visit)

    assert other.requests == []
    assert visit.wire.target.url == server.url
    hop = found.hops[0]
    assert (hop.same_origin, hop.followed) == (False, False)
    assert hop.dropped == ("authorization",)


@pytest.mark.parametrize("status", [301, 302, 303])
async def test_status_that_loses_the_method_is_not_followed(status: int) -> None:
    async with ByteServer(moved("/mcp/", status)) as server:
        found = await redirect.run(visit_of(server.url))

    assert [hop.method_kept for hop in found.hops] == [False]
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "place", ["http://[", "http://xn--\u00b2/", "//", "\x01", "mailto:x", "http://h:x/"]
)
async def test_location_that_is_no_url_ends_the_way(place: str) -> None:
    async with ByteServer(moved(place)) as server:
        found = await redirect.run(visit_of(server.url))

    assert found.final_url == ""
    assert len(server.requests) <= 6


# --- reach: the other loopback family -----------------------------------------


async def test_other_family_is_asked_without_credentials() -> None:
    async with ByteServer(FINE, host="::1") as server:
        wire = Wire(
            Target(
                url=f"http://127.0.0.1:{server.port}/mcp",
                headers={"Authorization": SecretStr("Bearer a1b2")},
            )
        )
        found = await reach.run(wire, patience_s=1.0)

    assert [twin.connect_s is not None for twin in found.twins] == [True]
    assert found.twin_answer is not None
    assert found.twin_answer.status == 200
    assert "authorization" not in server.requests[0].headers


async def test_other_family_is_left_alone_where_the_url_works() -> None:
    async with ByteServer(FINE) as server:
        wire = Wire(Target(url=server.url))
        found = await reach.run(wire, patience_s=1.0)
        await wire.close()

    assert found.twins == ()


# --- tls ----------------------------------------------------------------------


async def asked_tls(url: str, **facts: Any) -> Any:
    visit = visit_of(url, **facts)
    visit.seen["reach"] = await reach.run(visit.wire)
    assert tls.needed(visit)
    return await tls.run(visit)


async def test_private_authority_is_seen_behind_an_extra_file(
    tls_h2: ssl.SSLContext, ca_file: str
) -> None:
    async with ByteServer(tls=tls_h2) as server:
        found = await asked_tls(server.url, ca_file=ca_file)

    assert found.mozilla_trusts is False
    assert found.system_trusts is False
    assert (found.picks_of_h1, found.picks_of_h2) == ("", "h2")


async def test_plain_port_is_asked_without_credentials() -> None:
    async with ByteServer((response(body=b"hello"), "fin")) as server:
        url = server.url.replace("http:", "https:")
        found = await asked_tls(
            url, headers={"Authorization": SecretStr("Bearer a1b2")}
        )

    assert found.over_plain is not None
    assert found.over_plain.status == 200
    assert all("authorization" not in r.headers for r in server.requests)


async def test_plain_server_is_not_bothered_with_tls() -> None:
    async with ByteServer(FINE) as server:
        visit = visit_of(server.url)
        visit.seen["reach"] = await reach.run(visit.wire)
        await redirect.run(visit)

        assert not tls.needed(visit)


def certificate(place: str, *, own: bool) -> bytes:
    """Return a certificate that names `place`, issued by itself if `own`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "leaf")])
    signer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "signer")])
    authority = trustme.CA()
    near = x509.load_pem_x509_certificate(authority.cert_pem.bytes())
    uri = x509.UniformResourceIdentifier(place)
    method = AuthorityInformationAccessOID.CA_ISSUERS
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name if own else signer)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(near.not_valid_before_utc)
        .not_valid_after(near.not_valid_after_utc)
        .add_extension(
            x509.AuthorityInformationAccess([x509.AccessDescription(method, uri)]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"\x30\x82" * 9,
        b"-----BEGIN CERTIFICATE-----\n@@@",
        b"x" * 70000,
    ],
)
async def test_issuer_that_is_no_certificate_is_left_alone(body: bytes) -> None:
    async with ByteServer((response(body=body), "fin")) as server:
        wire = Wire(Target(url="https://h.invalid/"), answer_patience_s=1.0)
        found = await fetch_issuers(wire, certificate(server.url, own=False), 1.0)

    assert found == []


async def test_root_on_offer_is_not_trusted() -> None:
    """A private root that says where it can be had is still unknown."""
    async with ByteServer() as server:
        root = certificate(server.url, own=True)
        server.script = (response(body=root), "fin")
        wire = Wire(Target(url="https://h.invalid/"))
        found = await fetch_issuers(wire, certificate(server.url, own=False), 1.0)

    assert found == []


@pytest.mark.parametrize("place", ["ftp://h/x", "http://", "http://[", "ldap:///x"])
async def test_strange_place_for_an_issuer_is_not_asked(place: str) -> None:
    wire = Wire(Target(url="https://h.invalid/"))

    assert await fetch_issuers(wire, certificate(place, own=False), 1.0) == []
    assert wire.sent == 0


async def test_client_certificate_is_heard_of(
    authority: trustme.CA, tmp_path: Path
) -> None:
    """The alert of TLS 1.2 says little; the request for a certificate says it all."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    async with ByteServer(tls=context) as server:
        found = await asked_tls(server.url, ca_file=str(tmp_path / "ca.pem"))

    assert found.wants_certificate is True


# --- proxy --------------------------------------------------------------------


@pytest.mark.parametrize(
    "script",
    [
        (b"HTTP/1.1 200 OK\r\n", Flood(b"x: y\r\n")),
        (Flood(b"z" * 4096),),
        (b"HTTP/1.1 999999999999999999999 ?\r\n\r\n", "fin"),
        (b"HTTP/1.1 \xb2 ?\r\n\r\n", "fin"),
        (b"\x16\x03\x01\x02\r\n\r\n", "fin"),
        ("fin",),
        ("rst",),
        (),
    ],
    ids=["endless", "no line", "huge", "odd digit", "not HTTP", "fin", "rst", "mute"],
)
async def test_strange_proxy_is_data(script: Script) -> None:
    async with ByteServer(script) as server:
        wire = Wire(
            Target(url="https://h.invalid/mcp", proxy=f"http://127.0.0.1:{server.port}")
        )
        found = await ask_connect(wire, 1.0)

    assert found.method == "CONNECT"
    assert not found.accepted


async def test_proxy_gets_its_own_credentials_and_not_the_servers() -> None:
    refusal = (
        b"HTTP/1.1 407 Proxy Authentication Required\r\n"
        b"proxy-authenticate: Basic realm=x\r\ncontent-length: 0\r\n\r\n"
    )
    async with ByteServer((refusal, "fin")) as server:
        visit = visit_of(
            "https://h.invalid/mcp",
            proxy=f"http://me:s3cret@127.0.0.1:{server.port}",
            headers={"Authorization": SecretStr("Bearer a1b2")},
        )
        found = await proxy.run(visit)

    asked = server.requests[0]
    assert asked.headers["proxy-authorization"] == "Basic bWU6czNjcmV0"
    assert all("authorization" not in each.headers for each in server.requests)
    assert "s3cret" not in found.model_dump_json()
    assert found.connect is not None
    assert found.connect.status == 407


async def test_proxy_that_says_429_is_asked_no_more() -> None:
    script: Script = (b"HTTP/1.1 429 Slow Down\r\ncontent-length: 0\r\n\r\n", "fin")
    async with ByteServer(script) as server:
        url = "https://h.invalid/mcp"
        visit = visit_of(url, proxy=f"http://127.0.0.1:{server.port}")
        await proxy.run(visit)

    assert len(server.requests) == 1


PROXY = {"HTTP_PROXY": "http://p:1"}
NODE = {"NODE_USE_ENV_PROXY": "1"}
NAME, ADDRESS = "http://h.invalid/", "http://127.0.0.1:9998/"


@pytest.mark.parametrize(
    ("env", "url", "node", "bun"),
    [
        (PROXY, NAME, True, True),
        (PROXY, "https://h.invalid/", True, False),
        ({"HTTPS_PROXY": "http://p:1"}, "https://h.invalid/", True, True),
        ({"ALL_PROXY": "http://p:1"}, NAME, False, True),
        (
            {"HTTPS_PROXY": "http://p:1", "https_proxy": ""},
            "https://h.invalid/",
            False,
            True,
        ),
        (PROXY | {"NO_PROXY": "h.invalid"}, NAME, False, False),
        (PROXY | {"NO_PROXY": "*.invalid"}, NAME, False, False),
        (PROXY | {"NO_PROXY": "valid"}, NAME, True, True),
        (PROXY | {"NO_PROXY": "*"}, NAME, False, False),
        (PROXY | {"NO_PROXY": "foo,*"}, NAME, True, False),
        (PROXY | {"NO_PROXY": "h.invalid:80"}, NAME, False, False),
        (PROXY | {"NO_PROXY": "h.invalid:81"}, NAME, True, True),
        (PROXY | {"NO_PROXY": "foo H.INVALID"}, NAME, False, False),
        (PROXY | {"NO_PROXY": "127.0.0.0/8"}, ADDRESS, True, False),
        (PROXY | {"NO_PROXY": "127.*"}, ADDRESS, True, True),
        (PROXY, ADDRESS, True, True),
    ],
)
def test_runtimes_choose_as_measured(
    env: dict[str, str], url: str, *, node: bool, bun: bool
) -> None:
    """Each row was measured with Node 24.19.0 and Bun 1.4.4 at a recording proxy."""
    assert bool(node_choice(url, env | NODE).proxy) is node
    assert bool(bun_choice(url, env).proxy) is bun
    assert node_choice(url, env).proxy == ""


# --- control and provider -----------------------------------------------------


async def test_control_stream_is_held_on_this_machine() -> None:
    wire = Wire(Target(url="http://h.invalid/", proxy="http://p.invalid:1"))
    found = await loopback_control.run(
        wire, hold_s=0, cancel=asyncio.Event(), least_s=0.3
    )

    assert found.stream is not None
    assert found.stream.end is End.WATCHED
    assert (found.stream.lived_s or 0) >= 0.3


async def test_control_stream_ends_when_cancelled() -> None:
    cancel = asyncio.Event()
    cancel.set()
    wire = Wire(Target(url="http://h.invalid/"))
    found = await loopback_control.run(wire, hold_s=60, cancel=cancel)

    assert found.stream is not None
    assert (found.stream.lived_s or 0) < 5


async def test_control_stream_ends_with_the_last_one_beside_it() -> None:
    watched = asyncio.Event()
    watched.set()
    wire = Wire(Target(url="http://h.invalid/"))
    found = await loopback_control.run(
        wire, hold_s=60, cancel=asyncio.Event(), watched=watched
    )

    assert found.stream is not None
    assert found.stream.end is End.WATCHED
    assert (found.stream.lived_s or 0) < 30


async def test_provider_is_asked_once_and_its_429_is_its_own() -> None:
    script: Script = (b"HTTP/1.1 429 Slow Down\r\ncontent-length: 0\r\n\r\n", "fin")
    async with ByteServer(script) as server:
        wire = Wire(
            Target(
                url="http://h.invalid/",
                headers={"Authorization": SecretStr("Bearer a1b2")},
            )
        )
        found = await provider.run(wire, server.url)

    assert found.answer is not None
    assert found.answer.status == 429
    assert len(server.requests) == 1
    assert "authorization" not in server.requests[0].headers
    assert not wire.braked


async def test_provider_that_is_not_there_is_data() -> None:
    wire = Wire(Target(url="http://h.invalid/"))
    found = await provider.run(wire, "http://127.0.0.1:9/")

    assert found.failure is Failure.REFUSED
