"""The cause `proxy-tls-inspection-buffers-sse`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import LEGACY, cause
from streamtriage.causes.explains import (
    late_head,
    unanswered,
)
from streamtriage.causes.inspection import head_held, is_inspected, say_late
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.model import (
    CauseId,
    Citation,
    Exchange,
    Failure,
    Fix,
)
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["proxy_tls_inspection_buffers_sse"]


@cause(
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    eras=LEGACY,
    look_alike=CauseId("headers-never-flushed"),
    reported_as=(
        "buffering",
        "buffering-tunnel",
        "corporate-proxy",
    ),
    issues=("anthropics/claude-code#5826",),
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
    late = say_late(seen)
    issuer = seen.proxied.tls_issuer or say("proxy-tls-inspection-buffers-sse.issuer")
    if seen.direct is None or not seen.direct.tls_fingerprint:
        if (
            late is None
            and head_held(seen.proxied)
            and seen.proxied.mozilla_trusts is False
        ):
            return suspected(
                say("proxy-tls-inspection-buffers-sse.suspected", issuer=issuer),
                say("proxy-tls-inspection-buffers-sse.suspected.settle"),
                "proxy",
            )
        return unknown(say("proxy-tls-inspection-buffers-sse.unknown"))
    if not is_inspected(seen):
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
