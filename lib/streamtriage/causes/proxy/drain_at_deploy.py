"""The cause `drain-at-deploy`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ComesAndGoes, cause
from streamtriage.causes.explains import (
    cut,
    flap,
)
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.causes.stream_ages import (
    ONE_MOMENT_S,
    age_s,
    ended_together,
    reopened_at_once,
    times,
    watched,
)
from streamtriage.model import CauseId, Citation, Exchange, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.observations.cut import FLAP_S
from streamtriage.wording import ended, seconds

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["drain_at_deploy"]


@cause(
    owner="proxy",
    scope="deployment configuration",
    impact="cosmetic",
    look_alike=CauseId("server-restart-session-lost"),
    remedies=("drain",),
    comes_and_goes=ComesAndGoes("event", "it happened while a process drained"),
    reported_as=(
        "deploy-drain",
        "h2-goaway",
    ),
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
    if not again or not all(reopened_at_once(each) for each in again):
        return absent(say("drain-at-deploy.absent.but-could-not-be", text=text), "hold")
    if all(each.end is not None and each.end.clean for each in gone):
        return present(say("drain-at-deploy.present", text=text), "hold")
    return unknown(say("drain-at-deploy.unknown.which-a-break-of", text=text))


def _open_at(seen: Exchange, moment_s: float, *, margin_s: float) -> bool:
    end_s, begin_s = seen.ended_at_s or 0.0, seen.headers_at_s or 0.0
    return begin_s < moment_s - margin_s and end_s > moment_s + margin_s
