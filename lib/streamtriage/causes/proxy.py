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
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.model.message import Text
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
            return absent(say("proxy-env-connect-refused.absent"), "reach")
        return unknown(say("proxy-env-connect-refused.unknown"))
    if seen.connect is None:
        return unknown(say("proxy-env-connect-refused.unknown.the-proxy-was-not"))
    if _forwards(seen):
        return absent(
            say("proxy-env-connect-refused.absent.requests-pass-the-proxy"), "proxy"
        )
    refusal = _refusal(seen)
    if refusal is None:
        return absent(
            say(
                "proxy-env-connect-refused.absent.the-proxy-opens-a",
                answer=answer(seen.connect),
            ),
            "proxy",
        )
    ways = _both(seen)
    if refusal.status is not None and refusal.status >= 500 and not _direct_works(seen):
        return suspected(
            say(
                "proxy-env-connect-refused.suspected",
                proxy=seen.proxy,
                answer=answer(refusal),
                ways=ways,
            ),
            say("proxy-env-connect-refused.suspected.settle"),
            "proxy",
        )
    source = (
        say("proxy-env-connect-refused.source", source=seen.source)
        if seen.source != "given"
        else say("proxy-env-connect-refused.source.the-client-is-given")
    )
    return present(
        say(
            "proxy-env-connect-refused.present",
            source=source,
            proxy=seen.proxy,
            says=_says(refusal),
            ways=ways,
        ),
        "proxy",
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


def _says(refusal: Exchange) -> Text:
    if refusal.status == 407:
        return say("proxy.says", answer=answer(refusal))
    if refusal.status is not None:
        return say("proxy.says.refuses-a-tunnel-to", answer=answer(refusal))
    words = {
        Failure.REFUSED: say("proxy.says.words"),
        Failure.DNS_NOT_FOUND: say("proxy.says.words.has-a-name-that"),
        Failure.TIMED_OUT: say("proxy.says.words.gives-no-answer"),
        Failure.CONNECT_TIMED_OUT: say("proxy.says.words.gives-no-answer"),
    }
    return words.get(
        refusal.failure or Failure.FAILED,
        say("proxy.says.failed", failure=refusal.failure),
    )


def _direct_works(seen: ProxyEvidence) -> bool:
    return seen.direct is not None and seen.direct.works


def _both(seen: ProxyEvidence) -> Text:
    """Return how the same question went without the proxy, and who would use it."""
    first = seen.direct.initialize if seen.direct else None
    if _direct_works(seen) and first is not None:
        text = say("proxy.both.text", answer=answer(first))
    else:
        text = say("proxy.both.text.without-the-proxy-the")
    chosen = [c for c in seen.choices if c.proxy]
    if seen.choices and len(chosen) < len(seen.choices):
        names = tuple(
            say(
                "proxy.both.names",
                runtime=c.runtime,
                proxy=say("proxy.both.through", proxy=c.proxy)
                if c.proxy
                else say("word.direct"),
                because=c.because,
            )
            for c in seen.choices
        )
        text += say("proxy.both", names=names)
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
        return absent(say("proxy-tls-inspection-buffers-sse.absent"), "proxy")
    late = _late(seen)
    issuer = seen.proxied.tls_issuer or say("proxy-tls-inspection-buffers-sse.issuer")
    if seen.direct is None or not seen.direct.tls_fingerprint:
        if (
            late is None
            and _held(seen.proxied)
            and seen.proxied.mozilla_trusts is False
        ):
            return suspected(
                say("proxy-tls-inspection-buffers-sse.suspected", issuer=issuer),
                say("proxy-tls-inspection-buffers-sse.suspected.settle"),
                "proxy",
            )
        return unknown(say("proxy-tls-inspection-buffers-sse.unknown"))
    if not _inspected(seen):
        return absent(
            say(
                "proxy-tls-inspection-buffers-sse.absent.the-same-certificate-authority"
            ),
            "proxy",
        )
    if not late:
        return absent(
            say(
                "proxy-tls-inspection-buffers-sse.absent.the-proxy-opens-tls",
                issuer=issuer,
            ),
            "proxy",
        )
    return present(
        say(
            "proxy-tls-inspection-buffers-sse.present",
            issuer=issuer,
            tls_issuer=seen.direct.tls_issuer
            or say("proxy-tls-inspection-buffers-sse.present.another-authority"),
            late=late,
        ),
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


def _late(seen: ProxyEvidence) -> Text | None:
    """Return the sentence that says so, if only the proxy's stream comes late."""
    if seen.proxied is None or seen.direct is None:
        return None
    direct = seen.direct.get
    if direct is None or not direct.is_event_stream or not _held(seen.proxied):
        return None
    post = seen.proxied.post
    posted = seconds(post.headers_s) if post is not None else say("proxy.late.posted")
    waited = seen.proxied.get.ended_s if seen.proxied.get else None
    return say(
        "proxy.late",
        posted=posted,
        waited=seconds(waited),
        headers_s=seconds(direct.headers_s),
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
            return absent(say("proxy.transparent.absent"), "reach")
        return unknown(say("proxy.transparent.unknown"))
    issuer = reach.tls.issuer
    named = any(name in issuer.lower() for name in _INSPECTORS)
    if tls.mozilla_trusts is not False or not named:
        return absent(say("proxy.transparent.absent.the-certificate-is-not"), "tls")
    late = [g for g in _first_gets(case) if g.failure is Failure.TIMED_OUT]
    if late and case.posts_work:
        return suspected(
            say("proxy.transparent.suspected", issuer=issuer),
            say("proxy.transparent.suspected.settle"),
            "tls",
            "open",
        )
    return absent(
        say("proxy.transparent.absent.the-certificate-is-signed", issuer=issuer), "tls"
    )


def _first_gets(case: Case) -> tuple[Exchange, ...]:
    opened = case.opened.live if case.opened else None
    return (*((opened,) if opened else ()), *(watch.stream for watch in case.watches))
