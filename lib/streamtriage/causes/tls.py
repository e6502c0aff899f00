"""Causes in a TLS handshake that reaches the server and fails there."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import malformed, not_reached, refused, unanswered
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.network import first_hop, no_tls
from streamtriage.causes.whose_trust import lacks_its_chain
from streamtriage.causes.words import answer
from streamtriage.model import Citation, Exchange, Failure, Fix, TlsFacts
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = [
    "mtls_required",
    "tls_chain_incomplete",
    "tls_expired",
    "tls_protocol_refused",
    "tls_scheme_mismatch",
]

_NODE_TLS = Citation(
    source="https://nodejs.org/api/tls.html#x509-certificate-error-codes"
)


def _facts(case: Case) -> TlsFacts | Judgement:
    reach = first_hop(case)
    if isinstance(reach, Judgement):
        return reach
    return reach.tls if reach.tls is not None else no_tls(reach)


@cause(
    layer="tls",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="tls-untrusted-ca",
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
        _NODE_TLS,
    ),
)
def tls_chain_incomplete(case: Case) -> Judgement:
    """The server leaves out the intermediate that links its certificate to a root."""
    tls = _facts(case)
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


@cause(
    layer="tls",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="tls-untrusted-ca",
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
    citations=(Citation(source="RFC 5280, 4.1.2.5: validity"), _NODE_TLS),
)
def tls_expired(case: Case) -> Judgement:
    """The certificate is not valid today: expired, or not valid yet."""
    tls = _facts(case)
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


@cause(
    layer="tls",
    owner="client",
    scope="local runtime",
    impact="fatal",
    eras=ANY,
    look_alike="tcp-refused-server-down",
    explains=(
        not_reached(Failure.TLS_FAILED, at=(Phase.TLS, Phase.GREET)),
        refused(400, 403, 426, at=(Phase.GREET,)),
        unanswered(at=(Phase.GREET,)),
        malformed("not-http", at=(Phase.GREET,)),
    ),
    fixes=(
        Fix(
            where="the client's MCP configuration",
            what="Use the other scheme in the URL, or the port that speaks this one.",
            paste='"url": "SCHEME://HOST:PORT/mcp"',
            verify="tls",
        ),
    ),
    citations=(
        Citation(
            source="Node 24: ERR_SSL_WRONG_VERSION_NUMBER; Bun 1.4: EPROTO", grade="L"
        ),
    ),
)
def tls_scheme_mismatch(case: Case) -> Judgement:
    """The URL says https and the port speaks plain HTTP, or the other way round."""
    reach = first_hop(case)
    if isinstance(reach, Judgement):
        return reach
    more = case.tls
    where = f"{reach.host}:{reach.port}"
    if more is not None and more.over_plain is not None and more.over_plain.answered:
        return present(
            say(
                "tls-scheme-mismatch.present",
                where=where,
                answer=answer(more.over_plain),
            ),
            "tls",
        )
    if more is not None and more.over_tls is not None and more.over_tls.version:
        return present(
            say(
                "tls-scheme-mismatch.present.the-url-says-http",
                where=where,
                version=more.over_tls.version,
                join=", ".join(more.over_tls.names)
                or say("tls-scheme-mismatch.present.no-name"),
            ),
            "tls",
        )
    if reach.failure is None:
        text = say("tls-scheme-mismatch.text", where=where, scheme=reach.scheme)
        return absent(text, "reach")
    if reach.tls is not None and reach.tls.failure is not None and reach.tls.version:
        return absent(say("tls-scheme-mismatch.absent", where=where), "reach")
    if more is None:
        return unknown(say("tls-scheme-mismatch.unknown", where=where))
    return absent(
        say("tls-scheme-mismatch.absent.address-answers-neither-tls", where=where),
        "tls",
    )


@cause(
    layer="tls",
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="tls-scheme-mismatch",
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
    tls = _facts(case)
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
    said = _name(f"{tls.verify_error} {(more.alert if more else '')}")
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
_WANTS = (
    "no required ssl certificate was sent",  # nginx, 400
    "the ssl certificate error",  # nginx, 400
    "client certificate required",
    "ssl certificate required",
)


@cause(
    layer="tls",
    owner="client",
    scope="account/auth",
    impact="fatal",
    eras=ANY,
    look_alike="tls-untrusted-ca",
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
        and ("CERTIFICATE_REQUIRED" in _name(heard.alert) or heard.wants_certificate)
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


def _name(alert: str) -> str:
    """Return an alert as OpenSSL names it, whichever way it is written."""
    return alert.upper().replace(" ", "_")


def _asked(case: Case) -> tuple[Exchange, ...]:
    """Return what was asked of the server itself over its own https."""
    greeted = case.handshake.initialize if case.handshake else None
    hops = case.redirect.hops if case.redirect else ()
    discover = case.era_probe.discover if case.era_probe else None
    found = (*(hop.exchange for hop in hops), discover, greeted, *case.live_gets)
    return tuple(seen for seen in found if seen is not None)


def _wants(seen: Exchange) -> bool:
    if seen.status is None:
        return "CERTIFICATE_REQUIRED" in _name(seen.failure_detail)
    text = seen.excerpt.lower()
    return seen.status in (400, 403, 495, 496) and any(w in text for w in _WANTS)
