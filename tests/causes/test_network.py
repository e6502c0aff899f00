"""Causes below HTTP: each row is the smallest change that flips the verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from causes.samples import address, case, find, reach, tls
from streamtriage.model import Address, Failure

if TYPE_CHECKING:
    from streamtriage.causes import Case

BELOW_HTTP = ("era", "handshake", "open", "reopen", "hold")
UNTRUSTED = tls(trusted=False, verify_error="unable to get local issuer certificate")


def only(**more: object) -> Case:
    return case(reach(**more), without=BELOW_HTTP)


def addresses(*failures: Failure | None) -> tuple[Address, ...]:
    return tuple(address(f"192.0.2.{n}", each) for n, each in enumerate(failures))


ROWS = [
    ("dns-nxdomain", "resolved", only(), "absent"),
    (
        "dns-nxdomain",
        "name does not exist",
        only(failure=Failure.DNS_NOT_FOUND, addresses=(), tls=None),
        "present",
    ),
    (
        "dns-nxdomain",
        "resolver silent",
        only(failure=Failure.DNS_FAILED, addresses=(), tls=None),
        "suspected",
    ),
    (
        "dns-nxdomain",
        "our clock ended the look-up",
        only(failure=Failure.TIMED_OUT, addresses=(), tls=None),
        "suspected",
    ),
    (
        "dns-nxdomain",
        "TLS timed out after the look-up",
        only(failure=Failure.TIMED_OUT),
        "absent",
    ),
    (
        "dns-nxdomain",
        "the proxy's name fails",
        only(failure=Failure.DNS_NOT_FOUND, addresses=(), tls=None, proxy="proxy.corp"),
        "unknown",
    ),
    ("dns-nxdomain", "not looked up", case(without=("reach", *BELOW_HTTP)), "unknown"),
    ("tcp-refused-server-down", "connected", only(), "absent"),
    (
        "tcp-refused-server-down",
        "all refused",
        only(addresses=addresses(Failure.REFUSED, Failure.REFUSED), tls=None),
        "present",
    ),
    (
        "tcp-refused-server-down",
        "one family refused",
        only(addresses=addresses(Failure.REFUSED, None)),
        "absent",
    ),
    (
        "tcp-refused-server-down",
        "one refused, one silent",
        only(addresses=addresses(Failure.REFUSED, Failure.CONNECT_TIMED_OUT), tls=None),
        "absent",
    ),
    (
        "tcp-refused-server-down",
        "silent",
        only(addresses=addresses(Failure.CONNECT_TIMED_OUT), tls=None),
        "absent",
    ),
    (
        "tcp-refused-server-down",
        "no address",
        only(addresses=(), tls=None, failure=Failure.DNS_NOT_FOUND),
        "unknown",
    ),
    (
        "tcp-refused-server-down",
        "the proxy refuses",
        only(addresses=addresses(Failure.REFUSED), tls=None, proxy="proxy.corp"),
        "unknown",
    ),
    ("tls-untrusted-ca", "trusted", only(), "absent"),
    ("tls-untrusted-ca", "unknown authority", only(tls=UNTRUSTED), "present"),
    (
        "tls-untrusted-ca",
        "public authority, chain incomplete",
        only(
            tls=UNTRUSTED.model_copy(update={"issuer": "CN=R11,O=Let's Encrypt,C=US"})
        ),
        "suspected",
    ),
    (
        "tls-untrusted-ca",
        "expired",
        only(tls=tls(failure=Failure.TLS_DATES)),
        "absent",
    ),
    (
        "tls-untrusted-ca",
        "wrong name only",
        only(tls=tls(names_match=False, failure=Failure.TLS_NAME)),
        "absent",
    ),
    (
        "tls-untrusted-ca",
        "handshake broke",
        only(tls=tls(trusted=None, names_match=None, failure=Failure.TLS_FAILED)),
        "unknown",
    ),
    ("tls-untrusted-ca", "plain HTTP", only(scheme="http", tls=None), "absent"),
    ("tls-untrusted-ca", "not connected", only(tls=None), "unknown"),
    ("tls-name-mismatch", "covered", only(), "absent"),
    ("tls-name-mismatch", "other name", only(tls=tls(names_match=False)), "present"),
    (
        "tls-name-mismatch",
        "unknown authority, right name",
        only(tls=UNTRUSTED),
        "absent",
    ),
    (
        "tls-name-mismatch",
        "no certificate seen",
        only(tls=tls(names_match=None, failure=Failure.TLS_FAILED)),
        "unknown",
    ),
    ("tls-name-mismatch", "plain HTTP", only(scheme="http", tls=None), "absent"),
]


@pytest.mark.parametrize(
    ("cause", "seen", "status"),
    [pytest.param(c, s, st, id=f"{c}: {words}") for c, words, s, st in ROWS],
)
def test_network_cause_follows_the_evidence(
    cause: str, seen: Case, status: str
) -> None:
    """Each row differs from its neighbour in one fact."""
    finding = find(cause, seen)

    assert finding.status == status, finding.because
