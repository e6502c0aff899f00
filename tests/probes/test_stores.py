"""Which store of authorities decides is the client's own matter."""

from __future__ import annotations

import asyncio
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

    from first_answers import FirstAnswer

# The first test waits for all servers.
pytestmark = pytest.mark.timeout(600)

# The client, the variable that names a file of authorities, what of it is there, and
# whether the server sends its whole chain.
Case = tuple[str, str, str, bool]

READS = [
    ("codex", "SSL_CERT_FILE"),
    ("codex", "CODEX_CA_CERTIFICATE"),
    ("claude-code", "SSL_CERT_FILE"),
    ("claude-code", "NODE_EXTRA_CA_CERTS"),
    ("mcp-typescript", "NODE_EXTRA_CA_CERTS"),
    ("mcp-python", "SSL_CERT_FILE"),
]
NEVER_READS = [
    ("codex", "NODE_EXTRA_CA_CERTS", "CODEX_CA_CERTIFICATE"),
    ("mcp-python", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"),
    ("gemini-cli", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"),
    ("ai-sdk", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"),
]
NOBODY = ("", "SSL_CERT_FILE", "company", True)
WITHOUT_INTERMEDIATE = {
    each: ("claude-code", each, "company", False)
    for each in ("NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "")
}
STALE = ("claude-code", "NODE_EXTRA_CA_CERTS", "a stale path", True)
ELSEWHERE = ("claude-code", "NODE_EXTRA_CA_CERTS", "another authority", True)
CASES: list[Case] = [
    *((client, variable, "company", True) for client, variable in READS),
    *((client, variable, "company", True) for client, variable, _ in NEVER_READS),
    *(NOBODY, *WITHOUT_INTERMEDIATE.values(), STALE, ELSEWHERE),
]
# They wait most of the time.
AT_ONCE = 4


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


def environ_of(case: Case, folder: Path) -> dict[str, str]:
    _, variable, what, _ = case
    company = str(folder / "company.pem")
    if what == "a stale path":
        return {variable: f"{company}.gone", "SSL_CERT_FILE": company}
    there = company if what == "company" else str(folder / "other.pem")
    return {variable: there} if variable else {}


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[Case, Report]:
    """Return what is said of each case, each asked once at a server of its own."""
    # Of the make that trustme writes into the authorities below it.
    root = trustme.CA(organization_name="Stores of trustme")
    folder = tmp_path_factory.mktemp("stores")
    root.cert_pem.write_to_path(folder / "company.pem")
    other = trustme.CA(organization_name="Elsewhere")
    other.cert_pem.write_to_path(folder / "other.pem")
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(case: Case) -> Report:
        client, _, what, chain = case
        if what == "another authority":
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            root.issue_cert("127.0.0.1").configure_cert(tls)
        else:
            tls = serving(root, chain=chain)
        async with gate, ByteServer(route=McpBytes({}), tls=tls) as server:
            intake = Intake(url=server.url, client=client, hold_s=0)
            return (await triage(intake, environ=environ_of(case, folder))).shown

    async def all_of_them() -> list[Report]:
        return await asyncio.gather(*map(one, CASES))

    return dict(zip(CASES, asyncio.run(all_of_them()), strict=True))


@pytest.mark.parametrize(("client", "variable"), READS)
def test_variable_that_the_client_reads_is_trusted(
    reports: dict[Case, Report],
    client: str,
    variable: str,
    first_answer: FirstAnswer,
) -> None:
    report = reports[client, variable, "company", True]

    said = (report.verdict.outcome, report.verdict.causes)
    first_answer(report, fits=said == ("healthy", ()))


@pytest.mark.parametrize(("client", "variable", "reads"), NEVER_READS)
def test_variable_that_the_client_never_reads_does_not_help(
    reports: dict[Case, Report],
    client: str,
    variable: str,
    reads: str,
    first_answer: FirstAnswer,
) -> None:
    """It is accused, its own variable is the first fix, and the rest is measured."""
    report = reports[client, variable, "company", True]

    first_answer(report, fits=report.verdict.causes == ("tls-untrusted-ca",))
    lead = next(f for f in report.findings if f.cause == "tls-untrusted-ca")
    assert lead.fixes[0].paste.startswith(f"export {reads}=")
    assert {"handshake", "open"} <= {each.probe for each in report.evidence}


def test_unknown_client_is_told_for_whom_it_is_good(
    reports: dict[Case, Report], first_answer: FirstAnswer
) -> None:
    report = reports[NOBODY]

    first_answer(report, fits=report.verdict.suspected == ("tls-untrusted-ca",))
    (told,) = (w for w in report.verdict.for_whom if w.situation == "certificate")
    assert "codex@0.171.0" in told.left
    assert "gemini-cli@0.61.0" in told.lost


@pytest.mark.parametrize("variable", WITHOUT_INTERMEDIATE)
def test_missing_intermediate_is_the_servers(
    reports: dict[Case, Report], variable: str, first_answer: FirstAnswer
) -> None:
    """Whatever was set; without any store of its make nobody can know."""
    report = reports[WITHOUT_INTERMEDIATE[variable]]

    wanted = "tls-chain-incomplete" if variable else "tls-untrusted-ca"
    first_answer(report, fits=report.verdict.causes == (wanted,))


def test_stale_path_warns_and_goes_on(
    reports: dict[Case, Report], first_answer: FirstAnswer
) -> None:
    """As clients do; the path is told."""
    report = reports[STALE]

    first_answer(report, fits=report.verdict.outcome == "healthy")
    assert "NODE_EXTRA_CA_CERTS names" in render_text(report, colour=False)


def test_unrelated_authority_does_not_make_the_server_guilty(
    reports: dict[Case, Report], first_answer: FirstAnswer
) -> None:
    """A file with another authority: the one that signed is just not known."""
    report = reports[ELSEWHERE]

    first_answer(report, fits=report.verdict.causes == ("tls-untrusted-ca",))
