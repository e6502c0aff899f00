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
from streamtriage.model.message import say
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
        return unknown(say("network.first-hop.unknown"))
    if reach.proxy:
        return unknown(
            say("network.first-hop.unknown.the-first-hop-is", proxy=reach.proxy)
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
            say(
                "dns-nxdomain.present",
                host=reach.host,
                failure_detail=reach.failure_detail,
            ),
            "reach",
        )
    if reach.failure in (Failure.DNS_FAILED, Failure.TIMED_OUT) and not reach.addresses:
        return suspected(
            say(
                "dns-nxdomain.suspected",
                host=reach.host,
                failure_detail=reach.failure_detail or reach.failure,
            ),
            say("dns-nxdomain.suspected.settle", host=reach.host),
            "reach",
        )
    return absent(
        say("dns-nxdomain.absent", host=reach.host, n_addresses=len(reach.addresses)),
        "reach",
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
        return unknown(say("tcp-refused-server-down.unknown"))
    refused = [a for a in reach.addresses if a.failure is Failure.REFUSED]
    where = f"{reach.host}:{reach.port}"
    if len(refused) == len(reach.addresses):
        if twin_serves(reach):
            other = next(a.ip for a in reach.twins if a.connect_s is not None)
            return absent(say("tcp-refused-server-down.absent", other=other), "reach")
        return present(
            say(
                "tcp-refused-server-down.present",
                where=where,
                join=", ".join(a.ip for a in refused),
            ),
            "reach",
        )
    if any(a.connect_s is not None for a in reach.addresses):
        return absent(
            say("tcp-refused-server-down.absent.accepts-connections", where=where),
            "reach",
        )
    return absent(
        say("tcp-refused-server-down.absent.did-not-refuse-it", where=where), "reach"
    )


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
        return absent(say("tls-untrusted-ca.absent"), "tls")
    if tls.trusted is False and lacks_its_chain(case):
        return absent(say("tls-untrusted-ca.absent.the-server-leaves-out"), "tls")
    if tls.trusted is False:
        told = say(
            "tls-untrusted-ca.told.the-certificate-issued-by",
            issuer=tls.issuer or say("tls-untrusted-ca.told"),
            verify_error=tls.verify_error,
            trusted_by=trusted_by(case),
        )
        some = good_for(case)
        name, _ = client_of(case)
        read = fix_of_trust(case)
        fixes = (read, _UPDATE) if read is not None else ()
        if name:
            told = say(
                "tls-untrusted-ca.told.does-not-read-a",
                told=told,
                title_of=title_of(name),
            )
        if some is not None and not name:
            return suspected(
                say(
                    "tls-untrusted-ca.suspected",
                    told=told,
                    join=some.left or say("word.none"),
                    join_2=some.lost,
                ),
                say("tls-untrusted-ca.suspected.settle"),
                "reach",
                "tls",
            )
        if any(name in tls.issuer.lower() for name in _PUBLIC):
            return suspected(
                say("tls-untrusted-ca.suspected.its-authority-is-a", told=told),
                say(
                    "tls-untrusted-ca.suspected.settle.count-the-certificates-that",
                    host=reach.host,
                    port=reach.port,
                ),
                "reach",
                fixes=fixes,
            )
        told = say("tls-untrusted-ca.told.it-is-refused-though", told=told)
        return present(told, "reach", fixes=fixes)
    if tls.trusted:
        return absent(say("tls-untrusted-ca.absent.the-chain-leads-to"), "reach")
    return unknown(say("tls-untrusted-ca.unknown", failure=tls.failure))


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
            say(
                "tls-name-mismatch.present",
                join=", ".join(tls.names) or say("tls-name-mismatch.present.no-name"),
                host=reach.host,
            ),
            "reach",
        )
    if tls.names_match:
        return absent(say("tls-name-mismatch.absent", host=reach.host), "reach")
    return unknown(say("tls-name-mismatch.unknown", failure=tls.failure))


def no_tls(reach: ReachEvidence) -> Judgement:
    """Say why there is no handshake to judge."""
    if reach.scheme == "http":
        return absent(say("network.no-tls.absent"), "reach")
    return unknown(say("network.no-tls.unknown"))
