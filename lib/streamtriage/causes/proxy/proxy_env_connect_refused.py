"""The cause `proxy-env-connect-refused`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.client_environment import with_settings
from streamtriage.causes.explains import (
    local,
    not_reached,
    refused,
    unanswered,
)
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.model import (
    CauseId,
    Citation,
    Exchange,
    Failure,
    Fix,
    ProxyEvidence,
)
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["proxy_env_connect_refused"]


@with_settings
@cause(
    owner="proxy",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("gateway-blocks-get"),
    reported_as=("corporate-proxy",),
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
