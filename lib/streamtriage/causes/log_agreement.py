"""What a cause says when the client's own log is weighed with the probes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from streamtriage.causes.client_timers import natural_near, said_ages
from streamtriage.causes.judgement import Judgement, present, suspected
from streamtriage.model import Status
from streamtriage.model.message import begin_capital, begin_small, join_sentences, say
from streamtriage.observations.this_machine import log_of, runtime_of
from streamtriage.wording import seconds

if TYPE_CHECKING:
    from streamtriage.causes.cause import Cause
    from streamtriage.model import Cluster, ServerLog
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["agreeing", "with_flap", "with_logs"]


def with_logs(judged: Cause) -> Cause:
    """Let a cause that measures an idle limit also weigh what the client's log says.

    Both agree: present, with both in the sentence. The log alone: suspected, with the
    hold that would settle it.
    """

    def judge(case: Case) -> Judgement:
        probed = judged.judge(case)
        log = log_of(case)
        cluster = log.clusters[0] if log is not None and log.clusters else None
        if cluster is None or _is_own(case, log, cluster):
            return probed
        ages = said_ages(cluster)
        if probed.status is Status.PRESENT:
            return _and_log(probed, say("log-agreement.judge", lower=begin_small(ages)))
        if probed.status is Status.ABSENT and _ended_near(case, cluster):
            # The probe saw the same ends and knows better what they are.
            return probed
        near = [
            w.stream
            for w in case.watches
            if natural_near(
                w.stream, 0.96 * cluster.middle_s - 1, 1.04 * cluster.middle_s + 2
            )
        ]
        if near:
            return present(
                say(
                    "log-agreement.judge.present",
                    ages=ages,
                    lived_s=seconds(near[0].lived_s),
                    known=_known(cluster),
                ),
                "local",
                "hold",
            )
        watched = max((w.stream.lived_s or 0.0 for w in case.watches), default=0.0)
        if watched > cluster.middle_s + 5:
            return replace(
                probed,
                because=join_sentences(
                    (
                        probed.because,
                        say("log-agreement.not-seen", middle_s=cluster.middle_s),
                    )
                ),
            )
        return suspected(
            say(
                "log-agreement.judge.suspected.a-limit-of",
                ages=ages,
                middle_s=cluster.middle_s,
                known=_known(cluster),
            ),
            say(
                "log-agreement.judge.suspected.settle",
                middle_s=1.2 * cluster.middle_s + 5,
            ),
            "local",
        )

    return replace(judged, judge=judge)


def agreeing(judged: Cause) -> Cause:
    """Let a cause that measures another limit say so if the log shows the same ages."""

    def judge(case: Case) -> Judgement:
        probed, log = judged.judge(case), log_of(case)
        same = [c for c in (log.clusters if log else ()) if _ended_near(case, c)]
        if probed.status is not Status.PRESENT or not same:
            return probed
        return _and_log(
            probed, say("log-agreement.judge", lower=begin_small(said_ages(same[0])))
        )

    return replace(judged, judge=judge)


def with_flap(judged: Cause) -> Cause:
    """Let a cause that sees streams end at once weigh a loop in the client's log.

    Such a loop leaves no error, only one check for a token each second.
    """

    def judge(case: Case) -> Judgement:
        probed, log = judged.judge(case), log_of(case)
        if log is None or log.flap is None:
            return probed
        flap = log.flap
        loop = say(
            "log-agreement.judge.loop",
            lines=flap.lines,
            per_s=flap.per_s,
            began=flap.began,
            ended=flap.ended,
        )
        if probed.status is Status.ABSENT:
            return _and_log(
                probed, say("log-agreement.judge.yet-that-was-something", loop=loop)
            )
        if probed.status is Status.UNKNOWN:
            return suspected(
                say(
                    "log-agreement.judge.suspected",
                    loop=begin_capital(loop),
                ),
                say("log-agreement.judge.suspected.settle.run-the-triage-while"),
                "local",
            )
        joined = _and_log(probed, say("log-agreement.judge.joined", loop=loop))
        return replace(joined, status=Status.PRESENT, settle="")

    return replace(judged, judge=judge)


def _and_log(probed: Judgement, text: Text) -> Judgement:
    return replace(
        probed,
        because=join_sentences((probed.because, text)),
        rests_on=tuple(dict.fromkeys((*probed.rests_on, "local"))),
    )


def _ended_near(case: Case, cluster: Cluster) -> bool:
    low, high = 0.96 * cluster.middle_s - 1, 1.04 * cluster.middle_s + 2
    return any(natural_near(w.stream, low, high) for w in case.watches)


def _known(cluster: Cluster) -> Text:
    known = cluster.suspects
    return say("log-agreement.known", known=known) if known else ""


def _is_own(case: Case, log: ServerLog | None, cluster: Cluster) -> bool:
    """Tell whether the client's own runtime explains these ages."""
    runtime = runtime_of(case, log)
    return ("node" in runtime and 298 <= cluster.middle_s <= 306) or (
        "bun" in runtime and 358 <= cluster.middle_s <= 366
    )
