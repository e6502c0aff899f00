"""A server of old TLS versions, and what looks like one and is none."""

from __future__ import annotations

import asyncio

import pytest

from streamtriage.causes import CAUSES, Case
from streamtriage.lab import serve
from streamtriage.model import (
    Address,
    Failure,
    Intake,
    ReachEvidence,
    Signature,
    Status,
    TlsEvidence,
    TlsFacts,
)
from streamtriage.triage import triage

CAUSE = "tls-protocol-refused"
JUDGE = next(each for each in CAUSES if each.id == CAUSE)


def test_old_server_is_named_with_its_version() -> None:
    """What the server does speak is measured, not guessed from the alert."""
    with serve(CAUSE) as lab:
        report = asyncio.run(triage(lab.intake, environ={})).shown
    tls = next(e for e in report.evidence if isinstance(e, TlsEvidence))

    assert report.verdict.causes == (CAUSE,)
    assert tls.older == "TLSv1.1"
    assert "TLSv1.1" in report.verdict.summary


@pytest.mark.parametrize(
    "name", ["tls-scheme-mismatch", "mtls-required", "tls-expired"]
)
def test_other_refusals_of_tls_are_not_it(name: str) -> None:
    """Plain HTTP on the port, a certificate that is wanted, and one that is over."""
    with serve(name) as lab:
        report = asyncio.run(triage(lab.intake, environ={})).shown
    found = next(each for each in report.findings if each.cause == CAUSE)

    assert report.verdict.causes == (name,)
    assert found.status is Status.ABSENT


@pytest.mark.parametrize(
    ("says", "older", "expected"),
    [
        ("tlsv1 alert protocol version", "", Status.SUSPECTED),
        ("unsupported protocol", "TLSv1", Status.PRESENT),
        ("sslv3 alert handshake failure", "", Status.ABSENT),
        ("unexpected eof while reading", "TLSv1.1", Status.PRESENT),
    ],
)
def test_words_alone_are_no_proof(says: str, older: str, expected: Status) -> None:
    """Only a handshake that succeeds with an old version proves it."""
    refused = TlsFacts(failure=Failure.TLS_FAILED, verify_error=says)
    address = Address(family="IPv4", ip="127.0.0.1", connect_s=0.001)
    case = Case(
        intake=Intake(url="https://127.0.0.1/mcp"),
        signature=Signature(),
        evidence=(
            ReachEvidence(
                host="127.0.0.1",
                port=443,
                scheme="https",
                addresses=(address,),
                tls=refused,
                failure=Failure.TLS_FAILED,
            ),
            TlsEvidence(older=older),
        ),
    )

    assert JUDGE.find(case).status is expected
