"""Which store of authorities decides is the client's own matter."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from byte_server import ByteServer, McpBytes
from streamtriage.model import Intake, Report
from streamtriage.report import render_text
from streamtriage.triage import triage

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def root() -> trustme.CA:
    # Of the make that trustme writes into the authorities below it.
    return trustme.CA(organization_name="Stores of trustme")


@pytest.fixture
def file(root: trustme.CA, tmp_path: Path) -> str:
    place = tmp_path / "company.pem"
    root.cert_pem.write_to_path(place)
    return str(place)


def serving(root: trustme.CA, *, chain: bool = True) -> ssl.SSLContext:
    between = root.create_child_ca()
    leaf = between.issue_cert("127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with leaf.private_key_and_cert_chain_pem.tempfile() as pem:
        context.load_cert_chain(pem)
    if not chain:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with (
            leaf.private_key_pem.tempfile() as key,
            leaf.cert_chain_pems[0].tempfile() as alone,
        ):
            context.load_cert_chain(alone, key)
    return context


async def asked(
    root: trustme.CA, client: str, environ: dict[str, str], *, chain: bool = True
) -> Report:
    tls = serving(root, chain=chain)
    async with ByteServer(route=McpBytes({}), tls=tls) as server:
        intake = Intake(url=server.url, client=client, hold_s=0)
        return await triage(intake, environ=environ)


@pytest.mark.parametrize(
    ("client", "variable"),
    [
        ("codex", "SSL_CERT_FILE"),
        ("codex", "CODEX_CA_CERTIFICATE"),
        ("claude-code", "SSL_CERT_FILE"),
        ("claude-code", "NODE_EXTRA_CA_CERTS"),
        ("mcp-typescript", "NODE_EXTRA_CA_CERTS"),
        ("mcp-python", "SSL_CERT_FILE"),
    ],
)
async def test_variable_that_the_client_reads_is_trusted(
    root: trustme.CA, file: str, client: str, variable: str
) -> None:
    report = await asked(root, client, {variable: file})

    assert (report.verdict.outcome, report.verdict.causes) == ("healthy", ())


@pytest.mark.parametrize(
    ("client", "variable", "reads"),
    [
        ("codex", "NODE_EXTRA_CA_CERTS", "CODEX_CA_CERTIFICATE"),
        ("mcp-python", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"),
        ("gemini-cli", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"),
        ("ai-sdk", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"),
    ],
)
async def test_variable_that_the_client_never_reads_does_not_help(
    root: trustme.CA, file: str, client: str, variable: str, reads: str
) -> None:
    """It is accused, its own variable is the first fix, and the rest is measured."""
    report = await asked(root, client, {variable: file})

    assert report.verdict.causes == ("tls-untrusted-ca",)
    lead = next(f for f in report.findings if f.cause == "tls-untrusted-ca")
    assert lead.fixes[0].paste.startswith(f"export {reads}=")
    assert {"handshake", "open"} <= {each.probe for each in report.evidence}


async def test_unknown_client_is_told_for_whom_it_is_good(
    root: trustme.CA, file: str
) -> None:
    report = await asked(root, "", {"SSL_CERT_FILE": file})

    (told,) = (w for w in report.verdict.for_whom if w.situation == "certificate")
    assert "codex@0.171.0" in told.left
    assert "gemini-cli@0.61.0" in told.lost
    assert report.verdict.suspected == ("tls-untrusted-ca",)


@pytest.mark.parametrize("variable", ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", ""])
async def test_missing_intermediate_is_the_servers(
    root: trustme.CA, file: str, variable: str
) -> None:
    """Whatever was set; without any store of its make nobody can know."""
    report = await asked(
        root, "claude-code", {variable: file} if variable else {}, chain=False
    )

    wanted = "tls-chain-incomplete" if variable else "tls-untrusted-ca"
    assert report.verdict.causes == (wanted,)


async def test_stale_path_warns_and_goes_on(root: trustme.CA, file: str) -> None:
    """As clients do; the path is told."""
    stale = f"{file}.gone"
    report = await asked(
        root, "claude-code", {"NODE_EXTRA_CA_CERTS": stale, "SSL_CERT_FILE": file}
    )

    assert report.verdict.outcome == "healthy"
    assert "NODE_EXTRA_CA_CERTS names" in render_text(report, colour=False)


async def test_unrelated_authority_does_not_make_the_server_guilty(
    root: trustme.CA, tmp_path: Path
) -> None:
    """A file with another authority: the one that signed is just not known."""
    other = tmp_path / "other.pem"
    trustme.CA(organization_name="Elsewhere").cert_pem.write_to_path(other)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    root.issue_cert("127.0.0.1").configure_cert(tls)
    async with ByteServer(route=McpBytes({}), tls=tls) as server:
        report = await triage(
            Intake(url=server.url, client="claude-code", hold_s=0),
            environ={"NODE_EXTRA_CA_CERTS": str(other)},
        )

    assert report.verdict.causes == ("tls-untrusted-ca",)
