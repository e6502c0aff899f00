"""The cause `deploy-window-5xx`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, ComesAndGoes, cause
from streamtriage.causes.deploys import find_window, session_came_back
from streamtriage.causes.explains import (
    EVERY_ANSWER,
    cut,
    flap,
    not_reached,
    refused,
)
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.stream_ages import times
from streamtriage.causes.waits import alike, failed_late, waited_s
from streamtriage.model import CauseId, Citation, Failure, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.model import Exchange
    from streamtriage.observations.case import Case

__all__ = ["deploy_window_5xx"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("gateway-blocks-get"),
    comes_and_goes=ComesAndGoes("event", "it happened while something was deployed"),
    reported_as=("deploy-drain",),
    issues=("anthropics/claude-code#55228",),
    explains=(
        refused(502, 503, 504, at=EVERY_ANSWER),
        not_reached(Failure.REFUSED, at=EVERY_ANSWER),
        cut(),
        flap((Phase.OPEN, Phase.LISTEN)),
    ),
    eras=ANY,
    fixes=(
        Fix(
            where="the deployment",
            what="Start the new process before the old one ends, and let the old one "
            "finish what it answers: a client tries again only at +1.0 s and +2.5 s.",
            paste="strategy:\n  rollingUpdate: {maxUnavailable: 0}\n"
            "# and in the container:\n"
            "lifecycle: {preStop: {exec: {command: [sleep, '15']}}}",
            verify="hold",
        ),
    ),
    citations=(
        Citation(source="typescript-sdk 1.30.0 src/client/streamableHttp.ts:8-13"),
        Citation(source="https://github.com/anthropics/claude-code/issues/55228"),
    ),
)
def deploy_window_5xx(case: Case) -> Judgement:
    """The server was away for a moment, as while it is deployed, and came back."""
    if not case.exchanges:
        return unknown(say("deploy-window-5xx.unknown"))
    if case.afterwards is not None and case.afterwards.paced:
        return absent(say("deploy-window-5xx.absent.pace"), "afterwards")
    window = find_window(case, _is_away)
    if window is not None and _waited_for(case, window.refused):
        waits = times([waited_s(seen) for seen in window.refused])
        return absent(
            say("deploy-window-5xx.absent", n_refused=len(window.refused), waits=waits),
            *case.probes_of(window.refused, "hold"),
        )
    if window is None:
        return absent(
            say("deploy-window-5xx.absent.there-was-no-time"),
            *case.probes_of(case.exchanges, "hold"),
        )
    cut = window.cut
    opening = say("deploy-window-5xx.opening", n_cut=len(cut)) if cut else ""
    text = say(
        "deploy-window-5xx.text",
        opening=opening,
        from_s=seconds(window.from_s),
        span_s=seconds(window.span_s),
        n_refused=len(window.refused),
        answer=answer(window.refused[0]),
        good_after_s=seconds(window.good_after_s),
    )
    fresh = any(r.fresh is not None and r.fresh.accepted for r in case.reopenings)
    last = case.afterwards.initialize if case.afterwards is not None else None
    if session_came_back(case) or fresh or (last is not None and last.accepted):
        return present(
            say("deploy-window-5xx.present", text=text),
            "hold",
            "reopen",
            "afterwards",
        )
    return suspected(
        say("deploy-window-5xx.suspected", text=text),
        say("deploy-window-5xx.suspected.settle"),
        "hold",
    )


def _waited_for(case: Case, refused: Sequence[Exchange]) -> bool:
    late = all(failed_late(case, seen) for seen in refused)
    return late and alike(refused)


def _is_away(seen: Exchange) -> bool:
    return seen.status in (502, 503, 504) or seen.failure is Failure.REFUSED
