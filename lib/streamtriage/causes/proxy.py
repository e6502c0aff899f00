"""Causes in a forward proxy between the client and the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, LEGACY, cause
from streamtriage.causes.explains import (
    late_head,
    local,
    not_reached,
    refused,
    unanswered,
)
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import answer, seconds
from streamtriage.model import (
    Citation,
    Exchange,
    Failure,
    Fix,
    ProxyEvidence,
    ProxyPath,
)
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = [
    "held_by_inspection",
    "proxy_env_connect_refused",
    "proxy_tls_inspection_buffers_sse",
]


@cause(
    layer="proxy",
    owner="proxy",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="gateway-blocks-get",
    explains=(
        not_reached(
            Failure.PROXY_REFUSED,
            Failure.REFUSED,
            Failure.UNREACHABLE,
            Failure.DNS_NOT_FOUND,
            Failure.DNS_FAILED,
            Failure.CONNECT_TIMED_OUT,
            at=(Phase.NAME, Phase.NETWORK, Phase.PROXY, Phase.GREET),
        ),
        refused(range(400, 600), at=(Phase.GREET,)),
        unanswered(at=(Phase.GREET,)),
        local("log-error"),
    ),
    fixes=(
        Fix(
            where="the shell that starts the client",
            what="Reach this host without the proxy, if the network allows that.",
            paste='export NO_PROXY="$NO_PROXY,HOST" no_proxy="$no_proxy,HOST"',
            verify="proxy",
        ),
        Fix(
            where="the shell that starts the client, after a 407",
            what="Put the proxy's credentials into the variable.",
            paste="export HTTPS_PROXY=http://USER:PASSWORD@PROXY:3128",
            verify="proxy",
        ),
        Fix(
            where="squid",
            what="Allow CONNECT to the server's host and port.",
            paste="acl mcp dstdomain HOST\nacl mcp_port port PORT\n"
            "http_access allow CONNECT mcp mcp_port",
            verify="proxy",
        ),
    ),
    citations=(
        Citation(source="RFC 9110, 9.3.6: CONNECT"),
        Citation(source="undici lib/dispatcher/proxy-agent.js: UND_ERR_PRX_CONN"),
        Citation(
            source="fetch of Node 24.19.0 and Bun 1.4.4 against a proxy", grade="L"
        ),
    ),
)
def proxy_env_connect_refused(case: Case) -> Judgement:
    """The proxy that the client is told to use does not let it through."""
    seen = case.proxy
    if seen is None:
        if case.reach is not None and case.reach.proxy is None:
            return absent("No proxy applies to this URL.", "reach")
        return unknown("The proxy was not asked.")
    if seen.connect is None:
        return unknown("The proxy was not asked for a tunnel.")
    if _forwards(seen):
        return absent("Requests pass the proxy.", "proxy")
    refusal = _refusal(seen)
    if refusal is None:
        return absent(f"The proxy opens a tunnel ({answer(seen.connect)}).", "proxy")
    ways = _both(seen)
    if refusal.status is not None and refusal.status >= 500 and not _direct_works(seen):
        return suspected(
            f"The proxy {seen.proxy} answers {answer(refusal)}: it cannot reach the "
            f"server. {ways}",
            "Ask the proxy's operator whether it can reach the server's address.",
            "proxy",
        )
    source = (
        f"`{seen.source}` names" if seen.source != "given" else "The client is given"
    )
    return present(
        f"{source} the proxy {seen.proxy}, and it {_says(refusal)}. {ways}", "proxy"
    )


def _forwards(seen: ProxyEvidence) -> bool:
    """Tell whether requests get through, by CONNECT or, for http, without it."""
    path = seen.proxied
    first = path.initialize if path else None
    if first is None or not first.answered:
        return False
    over_tls = bool(path and path.tls_fingerprint)
    straight = seen.direct.initialize if seen.direct else None
    if straight is not None and straight.status == first.status:
        return True
    by_proxy = first.status == 407 or "proxy-authenticate" in first.headers
    return over_tls or first.accepted or not (by_proxy or _same_refusal(seen))


def _same_refusal(seen: ProxyEvidence) -> bool:
    first = seen.proxied.initialize if seen.proxied else None
    return (
        first is not None
        and seen.connect is not None
        and first.status == seen.connect.status
    )


def _refusal(seen: ProxyEvidence) -> Exchange | None:
    """Return the proxy's refusal of a tunnel, or its silence."""
    connect = seen.connect
    if connect is None or connect.accepted:
        return None
    return connect


def _says(refusal: Exchange) -> str:
    if refusal.status == 407:
        return f"wants credentials that it does not get or take ({answer(refusal)})"
    if refusal.status is not None:
        return f"refuses a tunnel to the server ({answer(refusal)})"
    words = {
        Failure.REFUSED: "refuses connections",
        Failure.DNS_NOT_FOUND: "has a name that does not exist",
        Failure.TIMED_OUT: "gives no answer",
        Failure.CONNECT_TIMED_OUT: "gives no answer",
    }
    return words.get(refusal.failure or Failure.FAILED, f"failed ({refusal.failure})")


def _direct_works(seen: ProxyEvidence) -> bool:
    return seen.direct is not None and seen.direct.works


def _both(seen: ProxyEvidence) -> str:
    """Return how the same question went without the proxy, and who would use it."""
    first = seen.direct.initialize if seen.direct else None
    if _direct_works(seen) and first is not None:
        text = f"Without the proxy, `initialize` is answered {answer(first)}."
    else:
        text = "Without the proxy, the server is not reached from here either."
    chosen = [c for c in seen.choices if c.proxy]
    if seen.choices and len(chosen) < len(seen.choices):
        names = ", ".join(
            f"{c.runtime} goes {'through ' + c.proxy if c.proxy else 'direct'} "
            f"({c.because})"
            for c in seen.choices
        )
        text += f" Runtimes differ: {names}."
    return text


@cause(
    layer="proxy",
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    eras=LEGACY,
    look_alike="headers-never-flushed",
    explains=(
        late_head(),
        unanswered(at=(Phase.LISTEN,)),
    ),
    fixes=(
        Fix(
            where="the inspecting proxy (Zscaler, Netskope, Blue Coat, Palo Alto, …)",
            what="Exempt the server's host from TLS inspection; such a proxy waits for "
            "the whole body, which an event stream never has.",
            paste="do not decrypt: HOST",
            verify="proxy",
        ),
        Fix(
            where="the server, if no exemption can be had",
            what="Answer POST with application/json and GET with 405; such a proxy "
            "ignores X-Accel-Buffering.",
            paste="StreamableHTTPSessionManager(app, json_response=True)",
            verify="open",
        ),
    ),
    citations=(
        Citation(source="Broadcom KB 406021: the proxy waits for the complete body"),
        Citation(
            source="https://github.com/anthropics/claude-agent-sdk-typescript"
            "/issues/169",
            grade="I",
        ),
    ),
)
def proxy_tls_inspection_buffers_sse(case: Case) -> Judgement:
    """A proxy that opens TLS holds the event stream back."""
    seen = case.proxy
    if seen is None or seen.proxied is None:
        return _transparent(case)
    if not seen.proxied.tls_fingerprint:
        return absent("No TLS was opened on the way through the proxy.", "proxy")
    late = _late(seen)
    issuer = seen.proxied.tls_issuer or "an unnamed authority"
    if seen.direct is None or not seen.direct.tls_fingerprint:
        if (
            late is None
            and _held(seen.proxied)
            and seen.proxied.mozilla_trusts is False
        ):
            return suspected(
                f"Through the proxy the certificate is signed by {issuer}, which is no "
                "public authority, and the stream's head does not come while POST is "
                "answered. Without the proxy the server is not reached from here.",
                "Run the triage from a network without that proxy, and compare who "
                "signed the certificate.",
                "proxy",
            )
        return unknown("The server could not be asked without the proxy.")
    if not _inspected(seen):
        return absent("The same certificate authority is seen both ways.", "proxy")
    if not late:
        return absent(
            f"The proxy opens TLS (its certificate is signed by {issuer}), but the "
            "stream passes.",
            "proxy",
        )
    return present(
        f"Through the proxy the certificate is signed by {issuer}, without it by "
        f"{seen.direct.tls_issuer or 'another authority'}: the proxy opens TLS. {late}",
        "proxy",
    )


def held_by_inspection(case: Case) -> bool:
    """Tell whether a proxy that opens TLS, and no other hop, holds the GET back."""
    seen = case.proxy
    return seen is not None and _inspected(seen) and _late(seen) is not None


def _inspected(seen: ProxyEvidence) -> bool:
    """Tell whether another, private authority signs on the way through the proxy.

    A server may have several certificates, but all its public ones are Mozilla's to
    trust.
    """
    if seen.proxied is None or seen.direct is None:
        return False
    known = bool(seen.proxied.tls_fingerprint and seen.direct.tls_fingerprint)
    differ = seen.proxied.tls_issuer != seen.direct.tls_issuer
    return known and differ and seen.proxied.mozilla_trusts is False


def _late(seen: ProxyEvidence) -> str | None:
    """Return the sentence that says so, if only the proxy's stream comes late."""
    if seen.proxied is None or seen.direct is None:
        return None
    direct = seen.direct.get
    if direct is None or not direct.is_event_stream or not _held(seen.proxied):
        return None
    post = seen.proxied.post
    posted = seconds(post.headers_s) if post is not None else "at once"
    waited = seen.proxied.get.ended_s if seen.proxied.get else None
    return (
        f"There a POST is answered after {posted}, but the GET's head did not come in "
        f"{seconds(waited)}; without the proxy it comes after "
        f"{seconds(direct.headers_s)}."
    )


def _held(path: ProxyPath) -> bool:
    """Tell whether POST is answered on this way while the GET's head never came."""
    posted = path.post is not None and path.post.accepted
    get = path.get
    return posted and get is not None and get.failure is Failure.TIMED_OUT


# Names that inspection products sign with. Recalled, so never more than a suspicion.
_INSPECTORS = (
    "zscaler",
    "netskope",
    "fortinet",
    "palo alto",
    "blue coat",
    "forcepoint",
    "sophos",
    "cisco umbrella",
    "mcafee",
    "skyhigh",
    "check point",
    "gateway ca - cloudflare",
)


def _transparent(case: Case) -> Judgement:
    """Judge without a proxy that is named: one may still open TLS on the way."""
    tls, reach = case.tls, case.reach
    if reach is None or reach.tls is None or tls is None:
        if reach is not None and reach.scheme == "http":
            return absent("The URL is http://, so no TLS can be opened.", "reach")
        return unknown("No certificate was seen.")
    issuer = reach.tls.issuer
    named = any(name in issuer.lower() for name in _INSPECTORS)
    if tls.mozilla_trusts is not False or not named:
        return absent("The certificate is not one of an inspecting proxy's.", "tls")
    late = [g for g in _first_gets(case) if g.failure is Failure.TIMED_OUT]
    if late and case.posts_work:
        return suspected(
            f"The certificate is signed by {issuer}, the name of an inspecting proxy, "
            "and the GET's head does not come while POST is answered.",
            "Run the triage from another network, and compare who signed the "
            "certificate.",
            "tls",
            "open",
        )
    return absent(
        f"The certificate is signed by {issuer}, but the stream passes.", "tls"
    )


def _first_gets(case: Case) -> tuple[Exchange, ...]:
    opened = case.opened.live if case.opened else None
    return (*((opened,) if opened else ()), *(watch.stream for watch in case.watches))
