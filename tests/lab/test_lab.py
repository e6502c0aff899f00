"""The lab itself: where it listens, what it says, and how it ends."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import httpx
import pytest

from streamtriage.lab import FAULTS, SCENARIOS, SOUND, scenario, serve

if TYPE_CHECKING:
    from streamtriage.lab import Lab

HELLO = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-11-25",
        "capabilities": {},
        "clientInfo": {"name": "test", "version": "1"},
    },
}
BOTH = {"accept": "application/json, text/event-stream"}
TLS = ("tls-untrusted-ca", "tls-name-mismatch")
HTTP2 = ("h2-stream-reset", "connection-header-on-h2")
REFUSED = {
    "http-sse-endpoint-refused": 405,
    "http-sse-reply-missing": 405,
    "key-refused-otherwise": 400,
    "no-route": 404,
    "one-change-mends": 422,
    "wrong-path": 404,
    "asgi-lifespan-missing-500": 500,
    "healthy-modern": 400,
    "host-403": 403,
    "host-421": 421,
    "listen-flap": 400,
    "listen-limit": 400,
    "max-sessions-503": 503,
    "modern-only-server": 400,
    "oauth-metadata-broken": 401,
    "waf-bot-403": 403,
}
# No server of MCP answers the first request there: nobody listens, TLS or a proxy is in
# the way, or the answer is a redirect or a refusal.
NOT_GREETED = (
    "address-unreachable",
    "dns-nxdomain",
    "localhost-ipv6-mismatch",
    "tcp-blackhole-timeout",
    "tcp-refused-server-down",
    "tls-chain-incomplete",
    "tls-expired",
    "tls-name-mismatch",
    "tls-protocol-refused",
    "tls-scheme-mismatch",
    "tls-untrusted-ca",
    "mtls-required",
    "proxy-env-connect-refused",
    "proxy-tls-inspection-buffers-sse",
    "redirect-cross-origin-login",
    "redirect-scheme-downgrade",
    "redirect-trailing-slash",
    "legacy-sse-url-as-http",
    "spa-catchall",
    "reply-cut-short",
    *HTTP2,
)
PLAIN = [s.name for s in SCENARIOS if s.name not in NOT_GREETED]


def greet(lab: Lab) -> httpx.Response:
    return httpx.post(lab.url, json=HELLO, headers=BOTH, trust_env=False)


@pytest.mark.parametrize("name", PLAIN)
def test_scenario_greets_on_loopback(name: str) -> None:
    """Every scenario that listens answers the first request of a client."""
    with serve(name) as lab:
        answered = greet(lab)

    assert lab.url.startswith("http://127.0.0.1:")
    assert answered.status_code == REFUSED.get(name, 200)


def test_given_port_is_used() -> None:
    """A person may choose the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with serve("healthy", port) as lab:
        assert f":{port}/" in lab.url


def test_taken_port_is_an_error() -> None:
    """A port that is taken is told, not replaced."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with (
            pytest.raises(OSError, match="in use"),
            serve("healthy", taken.getsockname()[1]),
        ):
            pytest.fail("served on a port that is taken")


def test_unknown_scenario_lists_the_known_ones() -> None:
    """Who mistypes a name sees all names."""
    with pytest.raises(LookupError, match="lb-idle-60s"):
        scenario("lb-idle-6o")


def test_nothing_is_left_running() -> None:
    """After the block nobody listens, and no thread of the lab is left."""
    with serve("half-open-stream-409") as lab:
        greet(lab)

    with pytest.raises(httpx.ConnectError):
        greet(lab)
    assert "lab" not in [thread.name for thread in threading.enumerate()]


def test_closed_port_stays_ours() -> None:
    """The port of the server that is down refuses, and nobody else can take it."""
    with serve("tcp-refused-server-down") as lab, pytest.raises(httpx.ConnectError):
        greet(lab)


@pytest.mark.parametrize("name", TLS)
def test_certificate_is_as_wrong_as_named(name: str) -> None:
    """The client gets the lab's authority only where the name is what is wrong."""
    with serve(name) as lab:
        assert lab.url.startswith("https://")
        assert (lab.ca_file is None) == (name == "tls-untrusted-ca")
        with pytest.raises(httpx.ConnectError, match="certificate"):
            greet(lab)


def test_names_are_distinct() -> None:
    """One name is one scenario, and what is sound has no cause."""
    names = [each.name for each in SCENARIOS]

    assert len(set(names)) == len(names)
    assert all(each.cause is None for each in SOUND)
    assert all(each.cause == each.name for each in FAULTS)
