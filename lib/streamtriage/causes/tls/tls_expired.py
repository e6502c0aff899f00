"""The cause `tls-expired`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.certificates import NODE_TLS, tls_facts
from streamtriage.causes.explains import not_reached
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.model import CauseId, Citation, Failure, Fix, TlsFacts
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["tls_expired"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("tls-untrusted-ca"),
    explains=(not_reached(Failure.TLS_DATES, at=(Phase.TLS,)),),
    fixes=(
        Fix(
            where="the server's host",
            what="Renew the certificate, and reload the server so that it uses it.",
            paste="certbot renew --deploy-hook 'systemctl reload nginx'",
            verify="reach",
        ),
        Fix(
            where="this machine, if its clock is wrong",
            what="Set the clock by the network.",
            paste="timedatectl set-ntp true && timedatectl",
            verify="reach",
        ),
    ),
    citations=(Citation(source="RFC 5280, 4.1.2.5: validity"), NODE_TLS),
)
def tls_expired(case: Case) -> Judgement:
    """The certificate is not valid today: expired, or not valid yet."""
    tls = tls_facts(case)
    if isinstance(tls, Judgement):
        return tls
    if tls.failure is not Failure.TLS_DATES and tls.dates_hold is not False:
        if tls.failure in (None, Failure.TLS_UNTRUSTED, Failure.TLS_NAME):
            return absent(say("tls-expired.absent"), "reach")
        return unknown(say("tls-expired.unknown", failure=tls.failure))
    span = say(
        "tls-expired.span", not_before=tls.not_before[:10], not_after=tls.not_after[:10]
    )
    if tls.failure is not Failure.TLS_DATES:
        return present(say("tls-expired.present", span=span), "reach")
    ahead_s = case.tls.server_clock_s if case.tls else None
    if ahead_s is not None and _valid_then(tls, ahead_s):
        side = say("word.behind") if ahead_s > 0 else say("tls-expired.side")
        return present(
            say(
                "tls-expired.present.openssl-says-but-by",
                verify_error=tls.verify_error,
                span=span,
                timedelta=str(timedelta(seconds=abs(round(ahead_s)))),
                side=side,
            ),
            "reach",
            "tls",
        )
    return present(
        say(
            "tls-expired.present.openssl-says-the-server",
            verify_error=tls.verify_error,
            span=span,
        ),
        "reach",
    )


def _valid_then(tls: TlsFacts, ahead_s: float) -> bool:
    """Tell whether a clock that differs by more than a minute makes all the difference.

    Which of the two bounds failed is OpenSSL's word; the clock must explain that one.
    """
    if abs(ahead_s) < 60 or not tls.not_before or not tls.not_after:
        return False
    span = datetime.fromisoformat(tls.not_after) - datetime.fromisoformat(
        tls.not_before
    )
    early = "not yet" in tls.verify_error
    return (ahead_s > 0) is early and abs(ahead_s) < span.total_seconds()
