"""The cause `mtls-required`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.certificates import alert_name
from streamtriage.causes.connect import first_hop
from streamtriage.causes.explains import not_reached, refused, unanswered
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.model import CauseId, Citation, Exchange, Failure, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["mtls_required"]

_WANTS = (
    "no required ssl certificate was sent",  # nginx, 400
    "the ssl certificate error",  # nginx, 400
    "client certificate required",
    "ssl certificate required",
)


@cause(
    owner="client",
    scope="account/auth",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("tls-untrusted-ca"),
    explains=(
        not_reached(Failure.TLS_FAILED, at=(Phase.TLS, Phase.GREET)),
        refused(400, 403, 495, 496, at=(Phase.GREET,)),
        unanswered(at=(Phase.GREET,)),
    ),
    fixes=(
        Fix(
            where="Claude Code's settings",
            what="Give it the client certificate and its key.",
            paste='"env": {"CLAUDE_CODE_CLIENT_CERT": "/path/client.pem", '
            '"CLAUDE_CODE_CLIENT_KEY": "/path/client.key"}',
            verify="tls",
        ),
        Fix(
            where="a client on the TypeScript SDK 1.x",
            what="Pass a `fetch` that presents the certificate: `requestInit` is not "
            "used for the GET.",
            paste="new StreamableHTTPClientTransport(url, { fetch: (u, i) => "
            "fetch(u, { ...i, dispatcher: new Agent({ connect: { cert, key } }) }) })",
            verify="tls",
        ),
    ),
    citations=(
        Citation(source="RFC 8446, 6.2: certificate_required (116)"),
        Citation(
            source="https://github.com/modelcontextprotocol/typescript-sdk/issues/1592"
        ),
    ),
)
def mtls_required(case: Case) -> Judgement:
    """The server wants a client certificate, and none was presented."""
    reach = first_hop(case)
    if isinstance(reach, Judgement):
        return reach
    if reach.scheme == "http":
        return absent(say("mtls-required.absent"), "reach")
    asked = _asked(case)
    heard = case.tls
    if any(seen.accepted for seen in asked):
        return absent(
            say("mtls-required.absent.requests-without-a-client"),
            *case.probes_of(asked, "redirect"),
        )
    if (
        heard is not None
        and heard.alert
        and (
            "CERTIFICATE_REQUIRED" in alert_name(heard.alert) or heard.wants_certificate
        )
    ):
        return present(
            say("mtls-required.present", alert=heard.alert),
            "tls",
        )
    wanting = next((seen for seen in asked if _wants(seen)), None)
    if wanting is not None:
        words = answer(wanting) if wanting.answered else wanting.failure_detail[:200]
        return present(
            say(
                "mtls-required.present.without-a-client-certificate",
                label=wanting.label,
                words=words,
            ),
            "redirect",
        )
    if any(seen.answered for seen in asked):
        return absent(
            say("mtls-required.absent.requests-are-answered-without"),
            *case.probes_of(asked, "redirect"),
        )
    if heard is not None and heard.wants_certificate:
        return suspected(
            say("mtls-required.suspected"),
            say("mtls-required.suspected.settle"),
            "tls",
        )
    if heard is not None and heard.wants_certificate is False:
        return absent(say("mtls-required.absent.the-server-asked-for"), "tls")
    return unknown(say("mtls-required.unknown"))


def _asked(case: Case) -> tuple[Exchange, ...]:
    """Return what was asked of the server itself over its own https."""
    greeted = case.handshake.initialize if case.handshake else None
    hops = case.redirect.hops if case.redirect else ()
    discover = case.era_probe.discover if case.era_probe else None
    found = (*(hop.exchange for hop in hops), discover, greeted, *case.live_gets)
    return tuple(seen for seen in found if seen is not None)


def _wants(seen: Exchange) -> bool:
    if seen.status is None:
        return "CERTIFICATE_REQUIRED" in alert_name(seen.failure_detail)
    text = seen.excerpt.lower()
    return seen.status in (400, 403, 495, 496) and any(w in text for w in _WANTS)
