"""Causes in how old a stream may become, and who ends it then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.ages import (
    OURS,
    Lives,
    by_http2,
    flowed,
    lives,
    may_be_ours,
    noisy_against,
    silent_to_death,
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
from streamtriage.knowledge import near, traces
from streamtriage.model import Citation, End, Exchange, Fix, Impact, Reopening
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.causes.case import Case

__all__ = [
    "cloudflare_100_125s",
    "drain_at_deploy",
    "h2_stream_reset",
    "platform_max_request_300s",
]

# Cloudflare documents 120 s, older pages 100 s; agentdeals#1100 measured 125.4 s.
CLOUDFLARE_S = (98.0, 128.0)


def _not_two(case: Case) -> Judgement | None:
    """Say why two ages cannot be compared; None when they can."""
    if len(case.watches) < 2:
        return unknown("No two streams were watched.")
    if lives(case) is not None:
        return None
    watched = max(watch.stream.lived_s or 0.0 for watch in case.watches)
    return absent(
        f"Not both streams ended by themselves in {seconds(watched)}. Not measured "
        "beyond that.",
        "hold",
    )


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
    missing = _not_two(case)
    both = lives(case)
    if missing is not None or both is None:
        return missing or unknown("No two streams were watched.")
    early = _not_a_total(both)
    if early is not None:
        return early
    text = (
        f"Two streams, started {seconds(both.apart_s)} apart, both ended at the age of "
        f"{seconds(both.age_s)}: it {ended(both.first)}"
    )
    harmless = all(
        each.end is not None and each.end.clean for each in both.both
    ) and all(_at_once_again(watch.reopening) for watch in case.watches[:2])
    impact: Impact | None = "cosmetic" if harmless else None
    noisy = noisy_against(case, both)
    if all(flowed(each) for each in both.both):
        survived = max(each.longest_silence_s for each in both.both)
        return present(
            f"{text}, although bytes came at least every {seconds(survived)}."
            f"{_known(both.age_s)}",
            "hold",
            impact=impact,
        )
    if noisy == "same-age":
        return present(
            f"{text}; so did a third one on which the server was made to write."
            f"{_known(both.age_s)}",
            "hold",
            "lifetime",
            impact=impact,
        )
    if noisy == "outlived":
        return absent(
            f"{text}, but a third one, on which the server was made to write, lived "
            "longer: it is silence that ends them.",
            "hold",
            "lifetime",
        )
    if any(each.body_bytes for each in both.both):
        return absent(f"{text}, after a silence longer than any before.", "hold")
    return unknown(
        f"{text}; but no byte was ever sent on them and the server could not be made "
        "to write, so silence may have ended them as well as age.",
    )


def _not_a_total(both: Lives) -> Judgement | None:
    if not both.one_age:
        ages = listed([seconds(age) for age in both.ages])
        text = f"The streams ended at the ages of {ages}"
        if may_be_ours(*both.both, "lived_s"):
            return unknown(f"{text}{OURS}")
        return absent(f"{text}: no common limit.", "hold")
    if any(by_http2(each) for each in both.both):
        return absent("HTTP/2 ended the streams; see h2-stream-reset.", "hold")
    if all(_polls(each) for each in both.both):
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
    both = lives(case)
    in_range = (
        both is not None
        and both.one_age
        and all(silent_to_death(each) for each in both.both)
        and CLOUDFLARE_S[0] <= (both.first.silent_s or 0.0) <= CLOUDFLARE_S[1]
    )
    if both is None or not in_range:
        return absent(
            "No stream was cut after 100 to 126 s of silence.",
            *case.probes_of(gets, "hold"),
        )
    text = f"Two streams were cut after {seconds(both.first.silent_s)} of silence"
    if any(row.product == "cloudflare" for row in traces(case.exchanges)):
        return present(f"{text}, and the headers show Cloudflare on the way.", "hold")
    return suspected(
        f"{text}, as Cloudflare does; but no header shows it on the way.",
        "Send the same GET to the origin's own address: it must live on there.",
        "hold",
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
            source="https://github.com/envoyproxy/envoy/blob/main/docs/root/faq/"
            "configuration/timeouts.rst"
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
    if both is None or not both.one_age or len(reset) < 2:
        return suspected(
            f"{text}; that is no common age yet.",
            "Hold for longer, so that both streams reach the same age.",
            "hold",
        )
    if all(flowed(each) for each in both.both):
        return present(f"{text}, although bytes were flowing.", "hold")
    if all(each.body_bytes for each in both.both):
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
    missing = _not_two(case)
    both = lives(case)
    if missing is not None or both is None:
        return missing or unknown("No two streams were watched.")
    first, second = both.ages
    if not both.one_moment:
        return absent(
            f"The streams ended at the ages of {seconds(first)} and {seconds(second)}, "
            "not at one moment.",
            "hold",
        )
    text = (
        f"Two streams of different age ({seconds(first)} and {seconds(second)}) ended "
        f"at the same moment: it {ended(both.first)}"
    )
    if not all(_at_once_again(watch.reopening) for watch in case.watches[:2]):
        return absent(f"{text}, but could not be opened again at once.", "hold")
    if all(each.end is not None and each.end.clean for each in both.both):
        return present(f"{text}, and each could be opened again.", "hold")
    return unknown(f"{text}, which a break of the network looks like as well.")


def _at_once_again(reopening: Reopening | None) -> bool:
    if reopening is None or not reopening.attempts:
        return False
    return reopening.attempts[0].get.is_event_stream
