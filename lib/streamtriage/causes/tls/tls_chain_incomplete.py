"""The cause `tls-chain-incomplete`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.certificates import NODE_TLS, tls_facts
from streamtriage.causes.explains import not_reached
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.causes.whose_trust import lacks_its_chain
from streamtriage.model import CauseId, Citation, Failure, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["tls_chain_incomplete"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("tls-untrusted-ca"),
    explains=(not_reached(Failure.TLS_UNTRUSTED, at=(Phase.TLS,)),),
    fixes=(
        Fix(
            where="nginx",
            what="Serve the leaf and its intermediates in one file, leaf first.",
            paste="ssl_certificate /etc/letsencrypt/live/HOST/fullchain.pem;",
            verify="tls",
        ),
        Fix(
            where="uvicorn, or a Node https server",
            what="Give the full chain as the certificate, not the leaf alone.",
            paste="cat leaf.pem intermediate.pem > fullchain.pem",
            verify="tls",
        ),
    ),
    citations=(
        Citation(
            source="RFC 8446, 4.4.2: each certificate should certify the one before"
        ),
        Citation(source="RFC 5280, 4.2.2.1: caIssuers"),
        NODE_TLS,
    ),
)
def tls_chain_incomplete(case: Case) -> Judgement:
    """The server leaves out the intermediate that links its certificate to a root."""
    tls = tls_facts(case)
    if isinstance(tls, Judgement):
        return tls
    if tls.trusted:
        return absent(say("tls-chain-incomplete.absent"), "reach")
    more = case.tls
    if tls.trusted is None or more is None or not more.sent:
        return unknown(say("tls-chain-incomplete.unknown"))
    if more.completed_by:
        return present(
            say(
                "tls-chain-incomplete.present",
                n_sent=len(more.sent),
                completed_by=more.completed_by,
            ),
            "tls",
        )
    if lacks_its_chain(case):
        return present(
            say("tls-chain-incomplete.present.the-server-sends-its", issuer=tls.issuer),
            "reach",
            "tls",
        )
    if more.issuer_offered:
        return absent(
            say("tls-chain-incomplete.absent.the-issuer-that-the"),
            "tls",
        )
    return unknown(say("tls-chain-incomplete.unknown.the-certificate-does-not"))
