"""Causes below HTTP: name, address, certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import not_reached
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.met import client_of
from streamtriage.causes.whose_trust import (
    fix_of_trust,
    good_for,
    lacks_its_chain,
    trusted_by,
)
from streamtriage.knowledge.client_texts import title_of
from streamtriage.model import Citation, Failure, Fix, ReachEvidence
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = [
    "dns_nxdomain",
    "first_hop",
    "no_tls",
    "tcp_refused_server_down",
    "tls_name_mismatch",
    "tls_untrusted_ca",
    "twin_serves",
]

# Organisations whose roots are in Mozilla's list (the issuer as RFC 4514 writes it). A
# chain from them that leads nowhere is more likely incomplete than unknown.
_PUBLIC = (
    "o=let's encrypt",
    "o=digicert",
    "o=sectigo",
    "o=google trust services",
    "o=amazon",
    "o=globalsign",
    "o=godaddy",
    "o=entrust",
    "o=ssl corp",
    "o=microsoft corporation",
    "o=zerossl",
    "o=buypass",
)
_UPDATE = Fix(
    where="Claude Code",
    what="From 2.1.101 it also trusts the operating system's store: update, and "
    "install the authority there.",
    paste="claude update",
    verify="reach",
)


def first_hop(case: Case) -> ReachEvidence | Judgement:
    """Return what is known of the server's own addresses, or why it is not known."""
    reach = case.reach
    if reach is None:
        return unknown("The server was not looked up.")
    if reach.proxy:
        return unknown(
            f"The first hop is the proxy {reach.proxy}; the server's own address was "
            "not tried from here."
        )
    return reach


def twin_serves(reach: ReachEvidence) -> bool:
    """Tell whether an MCP server answered at the loopback address of the other family.

    A JSON-RPC body or a bearer challenge says so; any other page may be anybody's.
    """
    seen = reach.twin_answer
    if seen is None or not seen.answered:
        return False
    challenged = seen.status == 401 and "www-authenticate" in seen.headers
    replied = seen.accepted and '"jsonrpc"' in seen.excerpt
    return replied or challenged or seen.jsonrpc_code is not None


@cause(
    layer="name",
    owner="network",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="proxy-env-connect-refused",
    explains=(
        not_reached(Failure.DNS_NOT_FOUND, Failure.DNS_FAILED, at=(Phase.NAME,)),
    ),
    fixes=(
        Fix(
            where="the client's MCP configuration, or the DNS zone",
            what="Correct the host name, or connect the VPN whose DNS knows it.",
            paste="getent hosts HOST",
            verify="reach",
        ),
    ),
    citations=(Citation(source="RFC 8020, NXDOMAIN means the name does not exist"),),
)
def dns_nxdomain(case: Case) -> Judgement:
    """The server's name does not exist for this machine's resolver."""
    reach = first_hop(case)
    if isinstance(reach, Judgement):
        return reach
    if reach.failure is Failure.DNS_NOT_FOUND:
        return present(
            f"The resolver says that {reach.host} does not exist "
            f"({reach.failure_detail}).",
            "reach",
        )
    if reach.failure in (Failure.DNS_FAILED, Failure.TIMED_OUT) and not reach.addresses:
        return suspected(
            f"The resolver gave no answer for {reach.host} "
            f"({reach.failure_detail or reach.failure}).",
            "Look the name up again in a minute: `getent hosts " + reach.host + "`.",
            "reach",
        )
    return absent(
        f"{reach.host} resolved to {len(reach.addresses)} address(es).", "reach"
    )


@cause(
    layer="network",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="server-restart-session-lost",
    explains=(not_reached(Failure.REFUSED, Failure.UNREACHABLE, at=(Phase.NETWORK,)),),
    fixes=(
        Fix(
            where="the server's host",
            what="Start the server and keep it started; check the port in the URL.",
            paste="ss -ltnp | grep :PORT",
            verify="reach",
        ),
    ),
    citations=(Citation(source="RFC 9293, 3.10.7.1: RST for a closed port"),),
)
def tcp_refused_server_down(case: Case) -> Judgement:
    """Nothing listens on the server's port."""
    reach = first_hop(case)
    if isinstance(reach, Judgement):
        return reach
    if not reach.addresses:
        return unknown("No address was found to connect to.")
    refused = [a for a in reach.addresses if a.failure is Failure.REFUSED]
    where = f"{reach.host}:{reach.port}"
    if len(refused) == len(reach.addresses):
        if twin_serves(reach):
            other = next(a.ip for a in reach.twins if a.connect_s is not None)
            return absent(f"The server listens, but at {other}.", "reach")
        return present(
            f"Every address of {where} refused the connection "
            f"({', '.join(a.ip for a in refused)}).",
            "reach",
        )
    if any(a.connect_s is not None for a in reach.addresses):
        return absent(f"{where} accepts connections.", "reach")
    return absent(f"{where} did not refuse; it could not be reached at all.", "reach")


@cause(
    layer="tls",
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike="tls-name-mismatch",
    explains=(not_reached(Failure.TLS_UNTRUSTED, at=(Phase.TLS,)),),
    fixes=(
        Fix(
            where="the shell that starts the client",
            what="Give Node the authority that signed the certificate, or have the "
            "server use one that everybody knows.",
            paste="export NODE_EXTRA_CA_CERTS=/path/to/company-ca.pem",
            verify="reach",
        ),
        _UPDATE,
    ),
    citations=(
        Citation(source="https://nodejs.org/api/cli.html#node_extra_ca_certsfile"),
        Citation(source="claude-code CHANGELOG 2.1.101"),
    ),
)
def tls_untrusted_ca(case: Case) -> Judgement:
    """The certificate's authority is not one that the client trusts."""
    reach = first_hop(case)
    if isinstance(reach, Judgement):
        return reach
    tls = reach.tls
    if tls is None:
        return no_tls(reach)
    if case.tls is not None and case.tls.completed_by:
        return absent("With the link that the server leaves out, it is trusted.", "tls")
    if tls.trusted is False and lacks_its_chain(case):
        return absent("The server leaves out the link to its authority.", "tls")
    if tls.trusted is False:
        told = (
            f"The certificate, issued by {tls.issuer or 'an unnamed authority'}, does "
            f"not lead to Mozilla's roots ({tls.verify_error}).{trusted_by(case)}"
        )
        some = good_for(case)
        name, _ = client_of(case)
        read = fix_of_trust(case)
        fixes = (read, _UPDATE) if read is not None else ()
        if name:
            told = f"{told} {title_of(name)} does not read a store that knows it."
        if some is not None and not name:
            return suspected(
                f"{told} It is good for {', '.join(some.left) or 'none'}, not for "
                f"{', '.join(some.lost)}.",
                "Name the client that failed: --client NAME. Known names are listed "
                "where one is wrong.",
                "reach",
                "tls",
            )
        if any(name in tls.issuer.lower() for name in _PUBLIC):
            return suspected(
                f"{told} Its authority is a public one: the server may leave "
                "an intermediate certificate out.",
                "Count the certificates that the server sends: openssl s_client "
                f"-connect {reach.host}:{reach.port} -showcerts </dev/null",
                "reach",
                fixes=fixes,
            )
        told = f"{told} It is refused, though a browser may not."
        return present(told, "reach", fixes=fixes)
    if tls.trusted:
        return absent("The chain leads to a trusted root.", "reach")
    return unknown(f"The TLS handshake did not get that far ({tls.failure}).")


@cause(
    layer="tls",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="tls-untrusted-ca",
    explains=(not_reached(Failure.TLS_NAME, at=(Phase.TLS,)),),
    fixes=(
        Fix(
            where="the server's certificate, or the URL in the client's configuration",
            what="Use a host name that the certificate covers, or issue one for this "
            "name.",
            paste="openssl s_client -connect HOST:443 -servername HOST </dev/null "
            "| openssl x509 -noout -ext subjectAltName",
            verify="reach",
        ),
    ),
    citations=(Citation(source="RFC 9525, 6: matching a presented identifier"),),
)
def tls_name_mismatch(case: Case) -> Judgement:
    """The certificate is for another name than the one in the URL."""
    reach = first_hop(case)
    if isinstance(reach, Judgement):
        return reach
    tls = reach.tls
    if tls is None:
        return no_tls(reach)
    if tls.names_match is False:
        return present(
            f"The certificate covers {', '.join(tls.names) or 'no name'}, not "
            f"{reach.host}.",
            "reach",
        )
    if tls.names_match:
        return absent(f"The certificate covers {reach.host}.", "reach")
    return unknown(f"No certificate was seen ({tls.failure}).")


def no_tls(reach: ReachEvidence) -> Judgement:
    """Say why there is no handshake to judge."""
    if reach.scheme == "http":
        return absent("The URL is http://, so no certificate is involved.", "reach")
    return unknown("No TLS handshake took place.")
