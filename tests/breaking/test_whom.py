"""Whom a server can make the tool ask: nobody that it could not reach itself."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import httpx
import pytest

from byte_server import ByteServer, Received, Script, json_answer, response
from streamtriage.model import AuthEvidence, Failure, Intake, Report, Status
from streamtriage.transport.failures import NotAskedError
from streamtriage.transport.reach_rules import check_address, is_public, reach_of
from streamtriage.triage import triage

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.real(part="breaking")

PUBLIC = ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"]
PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1%eth0",
    "fd00::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::1",
    "2002:a00:1::1",
    "ff02::1",
    "no address",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_may_be_asked(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_inside_is_refused_however_it_is_wrapped(address: str) -> None:
    assert not is_public(address)
    with pytest.raises(NotAskedError):
        check_address(address, "public")


@pytest.mark.parametrize(
    ("target", "named", "reach"),
    [
        ("https://a.example/mcp", "https://a.example/any?x=1", "any"),
        ("https://a.example/mcp", "https://A.example:443/any", "any"),
        ("https://a.example/mcp", "https://b.example/any", "public"),
        ("https://a.example/mcp", "https://a.example:8443/any", "public"),
        ("http://a.example/mcp", "http://a.example:8080/any", "public"),
        ("http://localhost:1/mcp", "http://127.0.0.1:2/.well-known/x", "loopback"),
        ("http://127.0.0.1:1/mcp", "http://[::1]:2/.well-known/x", "loopback"),
        ("http://127.0.0.1:1/mcp", "http://localhost:2/.well-known/x/mcp", "loopback"),
        ("http://127.0.0.1:1/mcp", "https://b.example/any", "public"),
    ],
)
def test_where_a_named_address_may_lead(target: str, named: str, reach: str) -> None:
    assert reach_of(httpx.URL(target), httpx.URL(named)) == reach


@pytest.mark.parametrize(
    ("target", "named"),
    [
        ("https://a.example/mcp", "http://b.example/any"),
        ("https://a.example/mcp", "https://user:pw@a.example/any"),
        ("https://a.example/mcp", "https://127.0.0.1/.well-known/x"),
        ("https://a.example/mcp", "http://localhost:2/.well-known/x"),
        ("https://a.example/mcp", "file:///etc/hosts"),
        ("http://127.0.0.1:1/mcp", "http://127.0.0.1:2/any"),
        ("http://127.0.0.1:1/mcp", "http://127.0.0.1:2/.well-known/x?delete=all"),
        ("http://127.0.0.1:1/mcp", "http://127.0.0.1:2/.well-known/x/chosen"),
        ("http://127.0.0.1:1/mcp", "http://127.0.0.1:2/.well-known/../admin"),
        ("http://127.0.0.1:1/mcp", "http://[::ffff:127.0.0.1]:2/any"),
    ],
)
def test_what_is_not_asked(target: str, named: str) -> None:
    with pytest.raises(NotAskedError, match="not asked: "):
        reach_of(httpx.URL(target), httpx.URL(named))


def challenge(named: Callable[[], str]) -> Callable[[Received], Script]:
    def answer(_received: Received) -> Script:
        value = f'Bearer resource_metadata="{named()}"'
        head = f"HTTP/1.1 401 Unauthorized\r\nwww-authenticate: {value}\r\n"
        return (f"{head}content-length: 0\r\n\r\n".encode(),)

    return answer


async def seen(url: str) -> Report:
    return (
        await triage(
            Intake(url=url, hold_s=0),
            environ={},
            answer_patience_s=0.6,
            head_patience_s=0.4,
        )
    ).shown


def auth_of(report: Report) -> AuthEvidence:
    return next(e for e in report.evidence if isinstance(e, AuthEvidence))


@pytest.mark.anyio
async def test_another_port_is_left_alone_and_that_is_said() -> None:
    """The trap hears nothing, the report says why, and nobody is accused of it."""
    async with (
        ByteServer((response(),)) as trap,
        ByteServer(
            route=challenge(lambda: f"http://127.0.0.1:{trap.port}/admin?delete=all")
        ) as server,
    ):
        report = await seen(server.url)
        connections = trap.connections

    named = next(m for m in auth_of(report).metadata if m.place == "challenge")
    broken = next(
        f.status for f in report.findings if f.cause == "oauth-metadata-broken"
    )
    assert connections == 0
    assert named.asked.failure is Failure.NOT_SENT
    assert "no well-known document" in named.asked.failure_detail
    assert broken is Status.UNKNOWN


@pytest.mark.anyio
async def test_a_login_server_beside_it_is_asked_for_its_document() -> None:
    """Whoever develops both on one machine is helped all the same."""

    def documents(received: Received) -> Script:
        if received.target != "/.well-known/oauth-authorization-server":
            return (b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",)
        body = {
            "issuer": f"http://127.0.0.1:{login.port}",
            "authorization_endpoint": "http://127.0.0.1/a",
            "token_endpoint": "http://127.0.0.1/t",
        }
        return (json_answer(json.dumps(body).encode()),)

    def served(received: Received) -> Script:
        if "/.well-known/" not in received.target:
            return challenge(lambda: f"http://127.0.0.1:{server.port}/.well-known/prm")(
                received
            )
        body = {
            "resource": server.url,
            "authorization_servers": [f"http://127.0.0.1:{login.port}"],
        }
        return (json_answer(json.dumps(body).encode()),)

    async with ByteServer(route=documents) as login, ByteServer(route=served) as server:
        report = await seen(server.url)
        asked = {each.target for each in login.requests}
        secret = [each.headers.get("authorization") for each in login.requests]

    found = [m for m in auth_of(report).metadata if m.kind == "authorization server"]
    assert [each.found for each in found] == [True]
    assert asked == {"/.well-known/oauth-authorization-server"}
    assert set(secret) == {None}


@pytest.mark.anyio
async def test_a_name_that_leads_inside_is_refused_at_the_connect() -> None:
    """`localhost.` is a name like any other: what counts is what it resolves to."""
    from streamtriage.transport.sockets import Network  # noqa: PLC0415 - the seam itself

    network = Network(lambda address: check_address(address, "public"))
    async with ByteServer((response(),)) as trap:
        with pytest.raises(Exception, match="no public address"):
            await asyncio.wait_for(network.connect_tcp("localhost", trap.port), 5)

        assert trap.connections == 0
