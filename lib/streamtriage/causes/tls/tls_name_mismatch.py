"""The cause `tls-name-mismatch`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.connect import first_hop, no_tls
from streamtriage.causes.explains import not_reached
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.model import CauseId, Citation, Failure, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["tls_name_mismatch"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("tls-untrusted-ca"),
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
