"""Causes in the client's version and runtime, told from its logs and the probes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from streamtriage.causes.case import (
    ANY,
    Case,
    Cause,
    Judgement,
    absent,
    cause,
    present,
    suspected,
    unknown,
)
from streamtriage.causes.local import (
    claude_version,
    cluster_near,
    log_of,
    runtime_of,
)
from streamtriage.causes.words import answer, seconds
from streamtriage.knowledge.versions import between
from streamtriage.model import Citation, End, Failure, Fix, Status

if TYPE_CHECKING:
    from streamtriage.model import Cluster, Exchange, ServerLog

__all__ = [
    "bun_idle_360s",
    "claude_code_147_404_loop",
    "claude_code_disconnects_on_optional_stream",
    "client_bodytimeout_300s",
    "h2_empty_reason",
    "sdk_exhausted_silent",
    "wake_network_not_ready",
    "with_logs",
]

_CLOSES = "Closing transport (SSE reconnection exhausted)"
_STAYS = "SSE GET-stream reconnection exhausted"
_UPDATE = Fix(
    where="Claude Code",
    what="Update: from 2.1.153 on neither behaviour is left.",
    paste="claude update",
    verify="open",
)
_KEEP_ALIVE = Fix(
    where="the server",
    what="Send a comment at least every 30 s; then no idle limit is reached.",
    paste=": keepalive",
    verify="hold",
)


def _refused_with_post(case: Case) -> Exchange | None:
    """Return a GET in a live session that was refused although POST works."""
    if not case.posts_work:
        return None
    tries = [a.get for r in case.reopenings for a in r.refused]
    gets = [*tries, *(g for g in case.live_gets if not g.accepted)]
    return next((g for g in gets if g.status not in (None, 405)), None)


@cause(
    layer="version",
    owner="client",
    scope="local runtime",
    impact="fatal",
    look_alike="server-restart-session-lost",
    fixes=(_UPDATE,),
    citations=(
        Citation(source="claude-code CHANGELOG 2.1.141"),
        Citation(source="https://github.com/anthropics/claude-code/issues/38631"),
        Citation(source="lab, 12 versions of Claude Code, 2026-11-22", grade="L"),
    ),
)
def claude_code_disconnects_on_optional_stream(case: Case) -> Judgement:
    """This Claude Code drops the whole server when an optional stream fails."""
    version, log = claude_version(case), log_of(case)
    closed = log.closing.get(_CLOSES, 0) if log else 0
    in_range = between(version, "2.1.83", "2.1.140")
    if closed and (in_range or not version):
        return present(
            f"Claude Code {version or 'of an unknown version'} logged "
            f'"{_CLOSES}" {closed} times; 2.1.141 and later leave the server '
            "connected.",
            "local",
        )
    if not version:
        return unknown("The version of Claude Code is not known.")
    if not in_range:
        later = not between(version, "", "2.1.140")
        return absent(
            f"Claude Code {version} keeps the server when the stream fails"
            + (": as long as POST works, the error is cosmetic." if later else "."),
            "local",
        )
    refused = _refused_with_post(case)
    if refused is not None:
        return present(
            f"GET is answered {answer(refused)} while POST works, and Claude Code "
            f"{version} closes the whole server for that; 2.1.141 and later do not.",
            "local",
            "open",
            "reopen",
        )
    if case.signature.half in ("reopen", "exhausted"):
        return suspected(
            f"Claude Code {version} closes the whole server when the stream cannot be "
            "reopened, and the pasted text says that it could not.",
            f'Look for "{_CLOSES}" in the MCP log, or update and try again.',
            "local",
        )
    return absent("No stream was refused, so that version's defect did not show.")


@cause(
    layer="version",
    owner="client",
    scope="local runtime",
    impact="fatal",
    look_alike="server-restart-session-lost",
    fixes=(
        _UPDATE,
        Fix(
            where="the server",
            what="Answer 405 to GET where there is no stream.",
            paste="HTTP/1.1 405 Method Not Allowed\nAllow: POST, DELETE",
            verify="open",
        ),
    ),
    citations=(
        Citation(source="https://github.com/anthropics/claude-code/issues/62198"),
        Citation(source="claude-code CHANGELOG 2.1.153"),
        Citation(source="lab, Claude Code 2.1.147, 2026-11-22", grade="L"),
    ),
)
def claude_code_147_404_loop(case: Case) -> Judgement:
    """This Claude Code takes a 404 on the optional stream for an expired session."""
    version, log = claude_version(case), log_of(case)
    in_range = between(version, "2.1.147", "2.1.152")
    if version and not in_range:
        return absent(f"Claude Code {version} is not one of 2.1.147 to 2.1.152.")
    if any(r.posts and r.posts[0].status == 404 for r in case.reopenings):
        return absent("POST is answered 404 too: the session is really lost.", "reopen")
    loops = log.session_expired_any_404 if log else 0
    if loops:
        more = log.tools_not_connected if log else 0
        return present(
            f'The log says "MCP session expired (server returned 404)" {loops} times'
            + (
                f", and {more} times that the tools could not be fetched"
                if more
                else ""
            )
            + "; only 2.1.147 to 2.1.152 say so, and any 404 on GET makes them.",
            "local",
        )
    if not version:
        return unknown("The version of Claude Code is not known.")
    refused = _refused_with_post(case)
    if refused is not None and refused.status == 404:
        return present(
            f"GET is answered {answer(refused)} while POST works, and Claude Code "
            f"{version} takes that for an expired session.",
            "local",
            "open",
        )
    if case.signature.statuses == (404,):
        return suspected(
            f"The text stands for a 404, which Claude Code {version} takes for an "
            "expired session.",
            "Update Claude Code and connect again: /mcp reconnect NAME.",
            "local",
        )
    return absent("No GET was answered 404.", "open")


@cause(
    layer="version",
    owner="client",
    scope="local runtime",
    impact="degraded",
    look_alike="token-expired-no-provider",
    fixes=(
        Fix(
            where="the client, now",
            what="Connect the server again: a new session opens a new stream.",
            paste="/mcp reconnect NAME",
            verify="open",
        ),
        Fix(
            where="the server",
            what="Send the answer to a request on the stream of its own POST, not on "
            "the GET stream.",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(
            source="https://github.com/modelcontextprotocol/typescript-sdk/issues/2098"
        ),
        Citation(
            source="https://github.com/modelcontextprotocol/typescript-sdk/pull/2517"
        ),
    ),
)
def sdk_exhausted_silent(case: Case) -> Judgement:
    """The client gave the stream up, and answers that come over it are lost."""
    log = log_of(case)
    if log is None:
        return unknown("No log of this server was found.")
    if not log.exhausted:
        return absent("The log never says that the stream was given up.", "local")
    stays = sum(n for text, n in log.closing.items() if text.startswith(_STAYS))
    if not log.unanswered_calls:
        return absent(
            f"The stream was given up {log.exhausted} times, and no tool call timed "
            "out after that.",
            "local",
        )
    text = (
        f"The stream was given up {log.exhausted} times"
        + (f", {stays} times with the server left connected" if stays else "")
        + f", and {log.unanswered_calls} tool calls then got no answer"
    )
    if case.posts_work:
        return present(f"{text}, although POST works.", "local", "handshake")
    return suspected(
        f"{text}.",
        "Reconnect the server and run the same tool: /mcp reconnect NAME.",
        "local",
    )


@cause(
    layer="version",
    owner="client",
    scope="local runtime",
    impact="cosmetic",
    look_alike="gateway-blocks-get",
    fixes=(
        Fix(
            where="the client's log",
            what="Look for the number: `code` of a v1 error, `data.status` of v2.",
            verify="open",
        ),
    ),
    citations=(
        Citation(source="RFC 9113, 8.3.2: HTTP/2 has no reason phrase"),
        Citation(source="lab, Node 26.10 and Claude Code, 2026-11-22", grade="L"),
    ),
)
def h2_empty_reason(case: Case) -> Judgement:
    """The answer has no reason phrase, so the error text ends at the colon."""
    if case.signature.reason != "" or not case.signature.is_this_error:
        return absent("The text does not end at the colon.")
    tries = [a.get for r in case.reopenings for a in r.refused]
    gets = [g for g in (*tries, *case.live_gets) if g.answered and not g.accepted]
    empty = [g for g in gets if not g.reason]
    if empty:
        one = empty[0]
        how = "HTTP/2" if one.http_version.endswith("2") else one.http_version
        why = (
            "has no reason phrase"
            if how == "HTTP/2"
            else "may leave the reason phrase out, and this hop does"
        )
        return present(
            f"The refused GET is {one.status} over {how or 'HTTP'}, which {why}; the "
            "status itself is what counts.",
            "open",
            "reopen",
        )
    if gets:
        return absent(f"The refusal has a reason phrase: {answer(gets[0])}.", "open")
    return suspected(
        "The text has no reason, as over HTTP/2 or behind a proxy that drops it. "
        "Claude Code itself was only seen to speak HTTP/1.1.",
        "Run the triage while the error shows: it sees the status.",
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
    text = _ages(cluster)
    watched = [watch.stream for watch in case.watches if watch.stream.is_event_stream]
    same = [w for w in watched if _natural_near(w, limit_s - 3, last_s + 3)]
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


def _natural_near(seen: Exchange, first_s: float, last_s: float) -> bool:
    natural = seen.end is not None and seen.end.natural
    return natural and first_s <= (seen.lived_s or 0.0) <= last_s


def _cut_before(seen: Exchange, limit_s: float) -> bool:
    natural = seen.end is not None and seen.end.natural
    return natural and (seen.lived_s or 0.0) < limit_s


def _ages(cluster: Cluster) -> str:
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
        return absent(f"The server cannot be reached now ({case.reach.failure}).")
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
        ages = _ages(cluster)
        if probed.status is Status.PRESENT:
            return replace(
                probed,
                because=f"{probed.because} The client's log agrees: {_lower(ages)}.",
                rests_on=(*probed.rests_on, "local"),
            )
        near = [
            w.stream
            for w in case.watches
            if _natural_near(
                w.stream, 0.96 * cluster.middle_s - 1, 1.04 * cluster.middle_s + 2
            )
        ]
        if near:
            return present(
                f"{ages}, and the probe's stream was cut after "
                f"{seconds(near[0].lived_s)}.{_known(cluster)}",
                "local",
                "hold",
            )
        watched = max((w.stream.lived_s or 0.0 for w in case.watches), default=0.0)
        if watched > cluster.middle_s + 5:
            return replace(
                probed,
                because=f"{probed.because} The log's cuts near "
                f"{cluster.middle_s:.0f} s were not seen.",
            )
        return suspected(
            f"{ages}: a limit of {cluster.middle_s:.0f} s.{_known(cluster)}",
            f"Hold longer than it: --hold {1.2 * cluster.middle_s + 5:.0f}.",
            "local",
        )

    return replace(judged, judge=judge)


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _known(cluster: Cluster) -> str:
    known = cluster.suspects
    return f" Known for this limit: {known}." if known else ""


def _is_own(case: Case, log: ServerLog | None, cluster: Cluster) -> bool:
    """Tell whether the client's own runtime explains these ages."""
    runtime = runtime_of(case, log)
    return ("node" in runtime and 298 <= cluster.middle_s <= 306) or (
        "bun" in runtime and 358 <= cluster.middle_s <= 366
    )
