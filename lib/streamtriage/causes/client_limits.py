"""Causes in the client's own timers and in when it tries, weighed with its log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import local
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import seconds
from streamtriage.model import Citation, End, Failure, Fix
from streamtriage.model.message import say
from streamtriage.observations.this_machine import cluster_near, log_of, runtime_of

if TYPE_CHECKING:
    from streamtriage.model import Cluster, Exchange
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = [
    "bun_idle_360s",
    "client_bodytimeout_300s",
    "natural_near",
    "said_ages",
    "wake_network_not_ready",
]

_KEEP_ALIVE = Fix(
    where="the server",
    what="Send a comment at least every 30 s; then no idle limit is reached.",
    paste=": keepalive",
    verify="hold",
)


def _client_limit(
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


@cause(
    layer="version",
    owner="client",
    scope="local runtime",
    impact="degraded",
    look_alike="lb-idle-60s",
    explains=(local("log-limit"),),
    basis="inferred",
    fixes=(_KEEP_ALIVE,),
    citations=(
        Citation(source="undici, lib/dispatcher/client.js, bodyTimeout 300e3"),
        Citation(source="lab, 301.4 s, 2026-11-22", grade="L"),
        Citation(source="https://github.com/anthropics/claude-code/issues/20335"),
    ),
)
def client_bodytimeout_300s(case: Case) -> Judgement:
    """Node ends a stream by itself after 300 s without a byte."""
    return _client_limit(case, 300.0, 306.0, "node", "Node")


@cause(
    layer="version",
    owner="client",
    scope="local runtime",
    impact="degraded",
    look_alike="client-bodytimeout-300s",
    explains=(local("log-limit"),),
    basis="inferred",
    fixes=(_KEEP_ALIVE,),
    citations=(
        Citation(source="lab, Bun 1.4.5, 360.4 s, 2026-11-22", grade="L"),
        Citation(source="https://github.com/anthropics/claude-code/issues/93143"),
        Citation(source="openclaw#154101", grade="I"),
    ),
)
def bun_idle_360s(case: Case) -> Judgement:
    """Bun, and so a native Claude Code, ends a silent stream after 360 s."""
    return _client_limit(case, 360.0, 366.0, "bun", "Bun")


@cause(
    layer="network",
    owner="client",
    scope="local runtime",
    impact="degraded",
    eras=ANY,
    look_alike="dns-nxdomain",
    explains=(local("log-wakes"),),
    basis="inferred",
    fixes=(
        Fix(
            where="the client, after the machine woke",
            what="Connect again once the network is back; the two tries end within "
            "2.5 s.",
            paste="/mcp reconnect all",
            verify="reach",
        ),
    ),
    citations=(
        Citation(source="typescript-sdk, src/client/streamableHttp.ts: two tries"),
        Citation(source="https://github.com/anthropics/claude-code/issues/58444"),
    ),
)
def wake_network_not_ready(case: Case) -> Judgement:
    """The stream was reopened before the network was back, as after a sleep."""
    log = log_of(case)
    if log is None:
        return unknown(say("wake-network-not-ready.unknown"))
    if case.reach is not None and case.reach.failure in (
        Failure.DNS_NOT_FOUND,
        Failure.REFUSED,
        Failure.UNREACHABLE,
    ):
        return absent(
            say("wake-network-not-ready.absent", failure=case.reach.failure), "reach"
        )
    if not log.wakes:
        return absent(
            say("wake-network-not-ready.absent.the-log-shows-no"),
            "local",
        )
    text = say("wake-network-not-ready.text", wakes=log.wakes)
    if log.shared_drops:
        text += say("wake-network-not-ready", shared_drops=log.shared_drops)
    works = case.handshake is not None and bool(case.handshake.revision)
    if works or log.shared_drops:
        now = say("wake-network-not-ready.now") if works else ""
        return present(
            say("wake-network-not-ready.present", text=text, now=now),
            "local",
            "handshake",
        )
    return suspected(
        say("wake-network-not-ready.suspected", text=text),
        say("wake-network-not-ready.suspected.settle"),
        "local",
    )
