"""Causes in the client's own timers and in when it tries, weighed with its log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import local
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import seconds
from streamtriage.model import Citation, End, Failure, Fix
from streamtriage.observations.this_machine import cluster_near, log_of, runtime_of

if TYPE_CHECKING:
    from streamtriage.model import Cluster, Exchange
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
        return unknown("No log of this server was found.")
    cluster = cluster_near(log, limit_s - 2, last_s)
    if cluster is None:
        return absent(
            f"The log shows no ends of streams near {limit_s:.0f} s.", "local"
        )
    runtime = runtime_of(case, log)
    if engine not in runtime and ("node" in runtime or "bun" in runtime):
        return absent(f"This client does not run on {runs_on} ({runtime}).", "local")
    text = said_ages(cluster)
    watched = [watch.stream for watch in case.watches if watch.stream.is_event_stream]
    same = [w for w in watched if natural_near(w, limit_s - 3, last_s + 3)]
    if same:
        return absent(
            f"{text}, but the probe's stream was cut after {seconds(same[0].lived_s)} "
            "too, and the probe has no such timer.",
            "local",
            "hold",
        )
    if any(_cut_before(w, limit_s - 3) for w in watched):
        return absent("The probe's stream is cut long before.", "hold")
    if any(w.end is End.WATCHED and (w.lived_s or 0) > last_s + 3 for w in watched):
        return present(
            f"{text}, while the probe's stream lived longer: the limit is {runs_on}'s "
            "own.",
            "local",
            "hold",
        )
    return suspected(
        f"{text}, which is {runs_on}'s own limit for a silent stream.",
        f"Hold longer than it: --hold {last_s + 20:.0f}.",
        "local",
    )


def natural_near(seen: Exchange, first_s: float, last_s: float) -> bool:
    """Tell whether a stream ended by itself at an age between the two."""
    natural = seen.end is not None and seen.end.natural
    return natural and first_s <= (seen.lived_s or 0.0) <= last_s


def _cut_before(seen: Exchange, limit_s: float) -> bool:
    natural = seen.end is not None and seen.end.natural
    return natural and (seen.lived_s or 0.0) < limit_s


def said_ages(cluster: Cluster) -> str:
    """Say how many ends of streams came at about one age."""
    return (
        f"{cluster.count} of {cluster.of} ends of streams in the log came between "
        f"{cluster.from_s:.0f} and {cluster.to_s:.0f} s"
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
        return unknown("No log of this server was found.")
    if case.reach is not None and case.reach.failure in (
        Failure.DNS_NOT_FOUND,
        Failure.REFUSED,
        Failure.UNREACHABLE,
    ):
        return absent(
            f"The server cannot be reached now ({case.reach.failure}).", "reach"
        )
    if not log.wakes:
        return absent(
            "The log shows no silence that ended in a failure of the network and was "
            "followed by a connection.",
            "local",
        )
    text = (
        f"{log.wakes} times the log was silent for minutes, then both tries failed "
        "without an answer, and a later connection worked"
    )
    if log.shared_drops:
        text += f"; {log.shared_drops} drops came together with another server's"
    works = case.handshake is not None and bool(case.handshake.revision)
    if works or log.shared_drops:
        now = "; the server answers now" if works else ""
        return present(f"{text}{now}.", "local", "handshake")
    return suspected(
        f"{text}.",
        "Compare the times with when the machine slept or changed networks.",
        "local",
    )
