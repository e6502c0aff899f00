"""The cause `tls-protocol-refused`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.certificates import alert_name, tls_facts
from streamtriage.causes.explains import not_reached
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.model import CauseId, Citation, Failure, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["tls_protocol_refused"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("tls-scheme-mismatch"),
    explains=(not_reached(Failure.TLS_FAILED, at=(Phase.TLS,)),),
    fixes=(
        Fix(
            where="nginx",
            what="Speak the versions that clients offer.",
            paste="ssl_protocols TLSv1.2 TLSv1.3;",
            verify="tls",
        ),
        Fix(
            where="a load balancer of AWS",
            what="Choose a policy that has TLS 1.2 and 1.3.",
            paste="aws elbv2 modify-listener --listener-arn ARN "
            "--ssl-policy ELBSecurityPolicy-TLS13-1-2-2021-06",
            verify="tls",
        ),
    ),
    citations=(
        Citation(source="RFC 8996: TLS 1.0 and 1.1 must not be used"),
        Citation(source="RFC 8446, 6.2: protocol_version (70)"),
        Citation(source="https://nodejs.org/api/tls.html#tlsdefault_min_version"),
    ),
)
def tls_protocol_refused(case: Case) -> Judgement:
    """Server and client have no version of TLS in common."""
    tls = tls_facts(case)
    if isinstance(tls, Judgement):
        return tls
    if tls.version or tls.trusted is not None:
        return absent(
            say("tls-protocol-refused.absent", version=tls.version or "TLS"), "reach"
        )
    more = case.tls
    if more is not None and more.older:
        return present(
            say(
                "tls-protocol-refused.present",
                verify_error=tls.verify_error or tls.failure,
                older=more.older,
            ),
            "tls",
        )
    said = alert_name(f"{tls.verify_error} {(more.alert if more else '')}")
    if any(word in said for word in _VERSIONS):
        return suspected(
            say("tls-protocol-refused.suspected", verify_error=tls.verify_error),
            say("tls-protocol-refused.suspected.settle"),
            "reach",
        )
    if more is not None and more.over_plain is not None and more.over_plain.answered:
        return absent(say("tls-protocol-refused.absent.the-port-speaks-plain"), "tls")
    if tls.failure is Failure.TLS_FAILED:
        return absent(
            say(
                "tls-protocol-refused.absent.the-handshake-ends-with",
                verify_error=tls.verify_error,
            ),
            "reach",
        )
    return unknown(say("tls-protocol-refused.unknown", failure=tls.failure))


_VERSIONS = ("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "VERSION_TOO_LOW")
