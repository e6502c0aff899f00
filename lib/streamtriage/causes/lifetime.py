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
from streamtriage.causes.words import answer, ended, seconds
from streamtriage.knowledge.fingerprints import traces
from streamtriage.knowledge.limits import near
from streamtriage.model import Citation, End, Exchange, Fix, Impact, Reopening
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
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
    text = f"{seen.said}: each {ended(seen.first)}"
    harmless = seen.polite and all(
        _at_once_again(watch.reopening) for watch in case.watches[:2]
    )
    impact: Impact | None = "cosmetic" if harmless else None
    noisy = noisy_against(case, seen)
    if all(flowed(each) for each in seen.streams):
        survived = max(each.longest_silence_s for each in seen.streams)
        return present(
            f"{text}, although bytes came at least every {seconds(survived)}."
            f"{_known(min(seen.ages))}",
            "hold",
            impact=impact,
        )
    if noisy == "same-age":
        return present(
            f"{text}; so did one more on which the server was made to write."
            f"{_known(min(seen.ages))}",
            "hold",
            "lifetime",
            impact=impact,
        )
    if noisy == "outlived":
        return absent(
            f"{text}, but one more, on which the server was made to write, lived "
            "longer: it is silence that ends them.",
            "hold",
            "lifetime",
        )
    if any(each.body_bytes for each in seen.streams):
        return absent(f"{text}, after a silence longer than any before.", "hold")
    return unknown(
        f"{text}; but no byte was ever sent on them and the server could not be made "
        "to write, so silence may have ended them as well as age.",
    )


def _not_a_total(seen: Lives) -> Judgement | None:
    agree = seen.by_age
    if agree == "ours":
        return unknown(f"{seen.said}{OURS}")
    if agree == "together":
        return unknown(
            f"{seen.said}, but they had begun at nearly one moment, so one event would "
            "look the same."
        )
    if agree == "near" and all(flowed(each) for each in seen.streams):
        return suspected(
            f"{seen.said}. Two ages that are only near each other are no limit yet.",
            "Run it again: a limit ends all streams at the same age.",
            "hold",
        )
    if agree != "one":
        return absent(f"{seen.said}: no common limit.", "hold")
    if any(by_http2(each) for each in seen.streams):
        return absent("HTTP/2 ended the streams; see h2-stream-reset.", "hold")
    if all(_polls(each) for each in seen.streams):
        return absent(
            "The streams gave an event id or `retry` and ended cleanly: that is the "
            "polling that revision 2025-11-25 allows.",
            "hold",
        )
    return None


def _polls(seen: Exchange) -> bool:
    return seen.polls and seen.end is not None and seen.end.clean


def _known(age_s: float) -> str:
    """Name who is known to end a response of this age."""
    rows = near(age_s, "total")
    names = dict.fromkeys(
        f"{row.product}{' (recalled)' if row.grade == 'R' else ''}" for row in rows
    )
    return f" Known for this limit: {'; '.join(names)}." if names else ""


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
        return unknown("No GET was answered in a live session.")
    if all(_cloudflare_waited(seen) for seen in gets):
        waited = max(seen.headers_s or 0.0 for seen in gets)
        return present(
            f"{len(gets)} GET(s) were answered {answer(gets[0])} by Cloudflare after "
            f"{seconds(waited)}: the origin sent no byte of the stream in time.",
            "open",
            "hold",
        )
    seen = lives(case)
    if isinstance(seen, Judgement) or not _in_cloudflares_range(seen):
        return absent(
            "No streams were cut after 100 to 126 s of silence.",
            *case.probes_of(gets, "hold"),
        )
    silences = times([silence_s(each) for each in seen.streams])
    text = f"{begun(seen.streams)} were cut after {silences} of silence"
    if any(row.product == "cloudflare" for row in traces(case.exchanges)):
        return present(f"{text}, and the headers show Cloudflare on the way.", "hold")
    return suspected(
        f"{text}, as Cloudflare does; but no header shows it on the way.",
        "Send the same GET to the origin's own address: it must live on there.",
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
        return unknown("No stream was watched.")
    if not any(seen.http_version == "HTTP/2" for seen in streams):
        return absent("The streams were not HTTP/2.", "hold")
    reset = [seen for seen in streams if by_http2(seen)]
    if not reset:
        return absent("No stream was ended by RST_STREAM or GOAWAY.", "hold")
    kind = "GOAWAY" if reset[0].end is End.GOAWAY else "RST_STREAM"
    code = f" ({reset[0].h2_error})" if reset[0].h2_error else ""
    ages = " and ".join(seconds(seen.lived_s) for seen in reset)
    text = f"{kind}{code} ended a stream at the age of {ages}"
    both = lives(case)
    if isinstance(both, Judgement) or not both.one_age or len(reset) < 2:
        return suspected(
            f"{text}; that is no common age yet.",
            "Hold for longer, so that all streams reach the same age.",
            "hold",
        )
    if all(flowed(each) for each in both.streams):
        return present(f"{text}, although bytes were flowing.", "hold")
    if all(each.body_bytes for each in both.streams):
        return absent(f"{text}, after a silence longer than any before.", "hold")
    return suspected(
        f"{text}, and no byte was ever sent on it, so silence may be why.",
        "Have the server write a comment every 15 s and hold again.",
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
        return unknown("No two streams were watched.")
    gone = ended_together(case)
    if not gone:
        return absent(
            "No streams of different age ended at one moment.",
            *case.probes_of(case.sent_gets, "hold"),
        )
    moment_s = max((each.ended_at_s or 0.0) for each in gone)
    ages = times(sorted((age_s(each) for each in gone), reverse=True))
    text = (
        f"{len(gone)} streams of different age ({ages}) ended at the same moment, "
        f"{seconds(moment_s)} after the first request: each {ended(gone[0])}"
    )
    stayed = [
        each
        for each in watched(case)
        if each not in gone and _open_at(each, moment_s, margin_s=ONE_MOMENT_S)
    ]
    if stayed:
        return absent(f"{text}, but {len(stayed)} stayed open.", "hold")
    again = [w.reopening for w in case.watches if w.stream in gone and w.reopening]
    if not again or not all(_at_once_again(each) for each in again):
        return absent(f"{text}, but could not be opened again at once.", "hold")
    if all(each.end is not None and each.end.clean for each in gone):
        return present(f"{text}, and could be opened again.", "hold")
    return unknown(f"{text}, which a break of the network looks like as well.")


def _open_at(seen: Exchange, moment_s: float, *, margin_s: float) -> bool:
    end_s, begin_s = seen.ended_at_s or 0.0, seen.headers_at_s or 0.0
    return begin_s < moment_s - margin_s and end_s > moment_s + margin_s


def _at_once_again(reopening: Reopening | None) -> bool:
    if reopening is None or not reopening.attempts:
        return False
    return reopening.attempts[0].get.is_event_stream
