"""The cause `platform-max-request-300s`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import (
    cut,
    local,
)
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.log_agreement import agreeing
from streamtriage.causes.stream_ages import (
    OURS,
    Lives,
    by_http2,
    flowed,
    lives,
    noisy_against,
    reopened_at_once,
)
from streamtriage.knowledge.limits import near
from streamtriage.model import CauseId, Citation, Exchange, Fix, Impact
from streamtriage.model.message import say
from streamtriage.wording import ended, seconds

if TYPE_CHECKING:
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["platform_max_request_300s"]


@agreeing
@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("lb-idle-60s"),
    remedies=("total",),
    reported_as=(
        "planned-lifetime",
        "platform-limit",
        "platform-total-timeout",
        "proxy-total",
        "server-total-timeout",
    ),
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
        reopened_at_once(watch.reopening) for watch in case.watches[:2]
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
