"""The cause `tls-untrusted-ca`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.connect import first_hop, no_tls
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
from streamtriage.model import CauseId, Citation, Failure, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["tls_untrusted_ca"]

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


@cause(
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("tls-name-mismatch"),
    issues=(
        "anthropics/claude-code#11365",
        "anthropics/claude-code#25977",
    ),
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
