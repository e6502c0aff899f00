"""Limits of the client's own, and the ages in its log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.model import End, Fix
from streamtriage.model.message import say
from streamtriage.observations.this_machine import cluster_near, log_of, runtime_of
from streamtriage.wording import seconds

if TYPE_CHECKING:
    from streamtriage.model import Cluster, Exchange
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = [
    "KEEP_ALIVE",
    "judge_client_limit",
    "natural_near",
    "said_ages",
]

KEEP_ALIVE = Fix(
    where="the server",
    what="Send a comment at least every 30 s; then no idle limit is reached.",
    paste=": keepalive",
    verify="hold",
)


def judge_client_limit(
    case: Case, limit_s: float, last_s: float, engine: str, runs_on: str
) -> Judgement:
    """Judge a limit of the client's own: the log's ages against what the probe saw."""
    log = log_of(case)
    if log is None:
        return unknown(say("client-limits.client-limit.unknown"))
    cluster = cluster_near(log, limit_s - 2, last_s)
    if cluster is None:
        return absent(
            say("client-limits.client-limit.absent", limit_s=limit_s), "local"
        )
    runtime = runtime_of(case, log)
    if engine not in runtime and ("node" in runtime or "bun" in runtime):
        return absent(
            say(
                "client-limits.client-limit.absent.this-client-does-not",
                runs_on=runs_on,
                runtime=runtime,
            ),
            "local",
        )
    text = said_ages(cluster)
    watched = [watch.stream for watch in case.watches if watch.stream.is_event_stream]
    same = [w for w in watched if natural_near(w, limit_s - 3, last_s + 3)]
    if same:
        return absent(
            say(
                "client-limits.client-limit.absent.but-the-probe-s",
                text=text,
                lived_s=seconds(same[0].lived_s),
            ),
            "local",
            "hold",
        )
    if any(_cut_before(w, limit_s - 3) for w in watched):
        return absent(
            say("client-limits.client-limit.absent.the-probe-s-stream"), "hold"
        )
    if any(w.end is End.WATCHED and (w.lived_s or 0) > last_s + 3 for w in watched):
        return present(
            say("client-limits.client-limit.present", text=text, runs_on=runs_on),
            "local",
            "hold",
        )
    return suspected(
        say("client-limits.client-limit.suspected", text=text, runs_on=runs_on),
        say("client-limits.client-limit.suspected.settle", last_s=last_s + 20),
        "local",
    )


def natural_near(seen: Exchange, first_s: float, last_s: float) -> bool:
    """Tell whether a stream ended by itself at an age between the two."""
    natural = seen.end is not None and seen.end.natural
    return natural and first_s <= (seen.lived_s or 0.0) <= last_s


def _cut_before(seen: Exchange, limit_s: float) -> bool:
    """Tell whether a stream was cut by others before this limit."""
    natural = seen.end is not None and seen.end.natural
    return natural and (seen.lived_s or 0.0) < limit_s


def said_ages(cluster: Cluster) -> Text:
    """Say how many ends of streams came at about one age."""
    return say(
        "client-limits.said-ages",
        count=cluster.count,
        of=cluster.of,
        from_s=cluster.from_s,
        to_s=cluster.to_s,
    )
