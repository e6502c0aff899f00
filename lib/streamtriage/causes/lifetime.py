"""Causes in how old a stream may become, and who ends it then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.ages import (
    ONE_MOMENT_S,
    OURS,
    Lives,
    age_s,
    agreement,
    begun,
    by_http2,
    ended_together,
    flowed,
    lives,
    noisy_against,
    silence_s,
    silent_to_death,
    times,
    watched,
)
from streamtriage.causes.cause import cause
from streamtriage.causes.explains import (
    STREAM_GETS,
    cut,
    flap,
    late_head,
    local,
    refused,
)
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import answer, ended, listed, seconds
from streamtriage.knowledge.fingerprints import traces
from streamtriage.knowledge.limits import near
from streamtriage.model import Citation, End, Exchange, Fix, Impact, Reopening
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.observations.cut import FLAP_S

if TYPE_CHECKING:
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = [
    "cloudflare_100_125s",
    "drain_at_deploy",
    "h2_stream_reset",
    "platform_max_request_300s",
]

# Cloudflare documents 120 s, older pages 100 s; agentdeals#1100 measured 125.4 s.
CLOUDFLARE_S = (98.0, 128.0)


@cause(
    layer="proxy",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike="lb-idle-60s",
    explains=(
        cut(),
        local("log-limit"),
    ),
    fixes=(
        Fix(
            where="the server",
            what="Answer GET with 405 if nothing is ever pushed; else accept the limit "
            "and keep sessions where the next GET finds them. No keep-alive helps.",
            paste="res.status(405).set('Allow', 'POST, DELETE').end();",
            verify="hold",
        ),
    ),
    citations=(
        Citation(source="https://github.com/robhunter/agentdeals/pull/1100", grade="I"),
        Citation(source="https://vercel.com/docs/functions/limitations"),
        Citation(source="https://github.com/stacklok/toolhive/issues/3691"),
    ),
)
def platform_max_request_300s(case: Case) -> Judgement:
    """A limit on the whole life of a response ends the stream, busy or not."""
    seen = lives(case)
    if isinstance(seen, Judgement):
        return seen
    early = _not_a_total(seen)
    if early is not None:
        return early
    text = say(
        "platform-max-request-300s.text", said=seen.said, ended=ended(seen.first)
    )
    harmless = seen.polite and all(
        _at_once_again(watch.reopening) for watch in case.watches[:2]
    )
    impact: Impact | None = "cosmetic" if harmless else None
    noisy = noisy_against(case, seen)
    if all(flowed(each) for each in seen.streams):
        survived = max(each.longest_silence_s for each in seen.streams)
        return present(
            say(
                "platform-max-request-300s.present",
                text=text,
                survived=seconds(survived),
                known=_known(min(seen.ages)),
            ),
            "hold",
            impact=impact,
        )
    if noisy == "same-age":
        return present(
            say(
                "platform-max-request-300s.present.so-did-one-more",
                text=text,
                known=_known(min(seen.ages)),
            ),
            "hold",
            "lifetime",
            impact=impact,
        )
    if noisy == "outlived":
        return absent(
            say("platform-max-request-300s.absent", text=text),
            "hold",
            "lifetime",
        )
    if any(each.body_bytes for each in seen.streams):
        return absent(
            say("platform-max-request-300s.absent.after-a-silence-longer", text=text),
            "hold",
        )
    return unknown(
        say("platform-max-request-300s.unknown", text=text),
    )


def _not_a_total(seen: Lives) -> Judgement | None:
    agree = seen.by_age
    if agree == "ours":
        return unknown(say("lifetime.ours", said=seen.said, ours=OURS))
    if agree == "together":
        return unknown(say("lifetime.not-a-total.unknown", said=seen.said))
    if agree == "near" and all(flowed(each) for each in seen.streams):
        return suspected(
            say("lifetime.not-a-total.suspected", said=seen.said),
            say("lifetime.not-a-total.suspected.settle"),
            "hold",
        )
    if agree != "one":
        return absent(say("lifetime.not-a-total.absent", said=seen.said), "hold")
    if any(by_http2(each) for each in seen.streams):
        return absent(say("lifetime.not-a-total.absent.http-2-ended-the"), "hold")
    if all(_polls(each) for each in seen.streams):
        return absent(
            say("lifetime.not-a-total.absent.the-streams-gave-an"),
            "hold",
        )
    return None


def _polls(seen: Exchange) -> bool:
    return seen.polls and seen.end is not None and seen.end.clean


def _known(age_s: float) -> Text:
    """Name who is known to end a response of this age."""
    rows = near(age_s, "total")
    names = dict.fromkeys(
        say(
            "lifetime.known.names.text",
            product=row.product,
            say=say("lifetime.known.names") if row.grade == "R" else "",
        )
        for row in rows
    )
    return say("lifetime.known", names=tuple(names)) if names else ""


@cause(
    layer="proxy",
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    look_alike="lb-idle-60s",
    explains=(
        refused(524, at=STREAM_GETS),
        cut(),
        late_head(),
    ),
    fixes=(
        Fix(
            where="the server's GET handler",
            what="Write a comment at once, so that Cloudflare passes the head on, and "
            "one every 15 s, so that its 120 s never pass in silence.",
            paste="res.flushHeaders();\nres.write(': open\\n\\n');\n"
            "setInterval(() => res.write(': keepalive\\n\\n'), 15000);",
            verify="hold",
        ),
    ),
    citations=(
        Citation(
            source="https://developers.cloudflare.com/fundamentals/reference/"
            "connection-limits/"
        ),
        Citation(source="https://github.com/robhunter/agentdeals/pull/1100", grade="I"),
    ),
)
def cloudflare_100_125s(case: Case) -> Judgement:
    """Cloudflare gives up on a stream on which the origin writes nothing."""
    gets = case.live_gets
    if not gets:
        return unknown(say("cloudflare-100-125s.unknown"))
    if all(_cloudflare_waited(seen) for seen in gets):
        waited = max(seen.headers_s or 0.0 for seen in gets)
        return present(
            say(
                "cloudflare-100-125s.present",
                n_gets=len(gets),
                answer=answer(gets[0]),
                waited=seconds(waited),
            ),
            "open",
            "hold",
        )
    seen = lives(case)
    if isinstance(seen, Judgement) or not _in_cloudflares_range(seen):
        return absent(
            say("cloudflare-100-125s.absent"),
            *case.probes_of(gets, "hold"),
        )
    silences = times([silence_s(each) for each in seen.streams])
    text = say("cloudflare-100-125s.text", begun=begun(seen.streams), silences=silences)
    if any(row.product == "cloudflare" for row in traces(case.exchanges)):
        return present(
            say("cloudflare-100-125s.present.and-the-headers-show", text=text), "hold"
        )
    return suspected(
        say("cloudflare-100-125s.suspected", text=text),
        say("cloudflare-100-125s.suspected.settle"),
        "hold",
    )


def _in_cloudflares_range(seen: Lives) -> bool:
    least_s, most_s = CLOUDFLARE_S
    return (
        agreement(seen.streams, "silence") == "one"
        and all(silent_to_death(each) for each in seen.streams)
        and all(least_s <= silence_s(each) <= most_s for each in seen.streams)
    )


def _cloudflare_waited(seen: Exchange) -> bool:
    # 524: TCP stood, and the origin did not answer in time. No other product sends it.
    return seen.status == 524 and any(
        row.product == "cloudflare" and row.where != "status" for row in traces([seen])
    )


@cause(
    layer="proxy",
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    look_alike="platform-max-request-300s",
    explains=(cut(End.STREAM_RESET, End.GOAWAY),),
    fixes=(
        Fix(
            where="the hop that speaks HTTP/2 to the client",
            what="Let a stream outlive the connection's age limit.",
            paste="keepalive_time 24h;          # nginx\n"
            "max_stream_duration: 0s     # Envoy, in the route",
            verify="hold",
        ),
    ),
    citations=(
        Citation(source="RFC 9113, 6.4 (RST_STREAM), 6.8 (GOAWAY) and 7"),
        Citation(
            source="https://www.envoyproxy.io/docs/envoy/latest/faq/configuration/"
            "timeouts"
        ),
    ),
)
def h2_stream_reset(case: Case) -> Judgement:
    """A hop ends streams at a certain age by RST_STREAM or GOAWAY."""
    streams = [watch.stream for watch in case.watches if watch.stream.is_event_stream]
    if not streams:
        return unknown(say("h2-stream-reset.unknown"))
    if not any(seen.http_version == "HTTP/2" for seen in streams):
        return absent(say("h2-stream-reset.absent"), "hold")
    reset = [seen for seen in streams if by_http2(seen)]
    if not reset:
        return absent(say("h2-stream-reset.absent.no-stream-was-ended"), "hold")
    kind = "GOAWAY" if reset[0].end is End.GOAWAY else "RST_STREAM"
    code = (
        say("h2-stream-reset.code", h2_error=reset[0].h2_error)
        if reset[0].h2_error
        else ""
    )
    ages = listed([seconds(seen.lived_s) for seen in reset])
    text = say("h2-stream-reset.text", kind=kind, code=code, ages=ages)
    both = lives(case)
    if isinstance(both, Judgement) or not both.one_age or len(reset) < 2:
        return suspected(
            say("h2-stream-reset.suspected", text=text),
            say("h2-stream-reset.suspected.settle"),
            "hold",
        )
    if all(flowed(each) for each in both.streams):
        return present(say("h2-stream-reset.present", text=text), "hold")
    if all(each.body_bytes for each in both.streams):
        return absent(
            say("h2-stream-reset.absent.after-a-silence-longer", text=text), "hold"
        )
    return suspected(
        say("h2-stream-reset.suspected.and-no-byte-was", text=text),
        say("h2-stream-reset.suspected.settle.have-the-server-write"),
        "hold",
    )


@cause(
    layer="proxy",
    owner="proxy",
    scope="deployment configuration",
    impact="cosmetic",
    look_alike="server-restart-session-lost",
    explains=(
        cut(),
        flap((Phase.OPEN, Phase.LISTEN)),
    ),
    fixes=(
        Fix(
            where="the process or proxy that drains",
            what="Give streams longer to end by themselves when the configuration is "
            "loaded again; clients open them again by themselves.",
            paste="worker-shutdown-timeout: 3600s   # ingress-nginx\n"
            "stream_close_delay 5m             # Caddy, reverse_proxy",
            verify="hold",
        ),
    ),
    citations=(
        Citation(source="https://github.com/langfuse/langfuse/issues/15100", grade="I"),
        Citation(
            source="https://github.com/kubernetes/ingress-nginx/blob/main/docs/"
            "user-guide/nginx-configuration/configmap.md"
        ),
        Citation(
            source="https://caddyserver.com/docs/caddyfile/directives/reverse_proxy"
        ),
    ),
)
def drain_at_deploy(case: Case) -> Judgement:
    """All streams were ended at one moment, as when a process or proxy drains."""
    if len(watched(case)) < 2:
        return unknown(say("drain-at-deploy.unknown"))
    gone = ended_together(case)
    if not gone:
        return absent(
            say("drain-at-deploy.absent"),
            *case.probes_of(case.sent_gets, "hold"),
        )
    if max(age_s(each) for each in gone) < FLAP_S:
        return absent(say("drain-at-deploy.absent.they-ended-as-soon"), "hold")
    moment_s = max((each.ended_at_s or 0.0) for each in gone)
    ages = times(sorted((age_s(each) for each in gone), reverse=True))
    text = say(
        "drain-at-deploy.text",
        n_gone=len(gone),
        ages=ages,
        moment_s=seconds(moment_s),
        ended=ended(gone[0]),
    )
    stayed = [
        each
        for each in watched(case)
        if each not in gone and _open_at(each, moment_s, margin_s=ONE_MOMENT_S)
    ]
    if stayed:
        return absent(
            say(
                "drain-at-deploy.absent.but-stayed-open",
                text=text,
                n_stayed=len(stayed),
            ),
            "hold",
        )
    again = [w.reopening for w in case.watches if w.stream in gone and w.reopening]
    if not again or not all(_at_once_again(each) for each in again):
        return absent(say("drain-at-deploy.absent.but-could-not-be", text=text), "hold")
    if all(each.end is not None and each.end.clean for each in gone):
        return present(say("drain-at-deploy.present", text=text), "hold")
    return unknown(say("drain-at-deploy.unknown.which-a-break-of", text=text))


def _open_at(seen: Exchange, moment_s: float, *, margin_s: float) -> bool:
    end_s, begin_s = seen.ended_at_s or 0.0, seen.headers_at_s or 0.0
    return begin_s < moment_s - margin_s and end_s > moment_s + margin_s


def _at_once_again(reopening: Reopening | None) -> bool:
    if reopening is None or not reopening.attempts:
        return False
    return reopening.attempts[0].get.is_event_stream
