"""The cause `lb-idle-60s`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import cut, local
from streamtriage.causes.intermediaries import suspects, unseen, whose
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.log_agreement import with_logs
from streamtriage.causes.stream_ages import (
    OURS,
    Lives,
    agreement,
    begun,
    lives,
    noisy_against,
    over,
    silence_s,
    silent_to_death,
    times,
    watched,
)
from streamtriage.model import CauseId, Citation, Exchange, Fix
from streamtriage.model.message import begin_small, say
from streamtriage.wording import counted, ended, seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtriage.causes.stream_ages import Agreement
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["lb_idle_60s"]

# A stream was silent from its start if its last silence is nearly its whole life.
WHOLE_LIFE = 0.9


@with_logs
@cause(
    owner="proxy",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("platform-max-request-300s"),
    remedies=("idle",),
    reported_as=(
        "idle-timeout",
        "idle-timeout-intermediary",
        "proxy-idle",
        "server-idle-timeout",
        "silent-stream",
    ),
    issues=(
        "anthropics/claude-code#38631",
        "anthropics/claude-code#45224",
    ),
    explains=(
        cut(),
        local("log-limit"),
    ),
    fixes=(
        Fix(
            where="the server (TypeScript SDK, mcp-go)",
            what="Write a comment on the stream every 15 s: that keeps every idle "
            "timer on the way from firing. The Python SDK does so by itself.",
            paste="npm install @modelcontextprotocol/sdk@^1.30  # comments every 15 s\n"
            "server.WithHeartbeatInterval(15*time.Second)  // mcp-go",
            verify="hold",
        ),
        Fix(
            where="the server itself (Node shown)",
            what="Let no timer of its own end a silent stream: before Node 13 it was "
            "120 s.",
            paste="server.timeout = 0;  // what http.createServer returned",
            verify="hold",
        ),
        Fix(
            where="nginx",
            what="Wait longer for the next byte.",
            paste="proxy_read_timeout 1h;",
            verify="hold",
        ),
        Fix(
            where="AWS ALB",
            what="Raise the idle timeout (60 s by default, 4000 s at most).",
            paste="aws elbv2 modify-load-balancer-attributes --load-balancer-arn ARN "
            "--attributes Key=idle_timeout.timeout_seconds,Value=4000",
            verify="hold",
        ),
        Fix(
            where="HAProxy",
            what="Wait longer for both sides.",
            paste="timeout server 1h\ntimeout client 1h",
            verify="hold",
        ),
    ),
    citations=(
        Citation(
            source="https://nginx.org/en/docs/http/ngx_http_proxy_module.html"
            "#proxy_read_timeout"
        ),
        Citation(source="https://github.com/anthropics/claude-code/issues/38631"),
        Citation(source="https://nodejs.org/api/http.html#servertimeout"),
    ),
)
def lb_idle_60s(case: Case) -> Judgement:
    """The stream is cut when no byte has travelled for a while."""
    streams = watched(case)
    gone = [s for s in streams if over(s)]
    listened = () if gone else _cut_while_listening(case, streams)
    if listened:
        return _listening_limit(case, listened, streams)
    if not streams:
        return unknown(say("lb-idle-60s.unknown"))
    if not gone:
        lived_s = max(s.lived_s or 0.0 for s in streams)
        return absent(say("lb-idle-60s.absent", lived_s=seconds(lived_s)), "hold")
    if any(s.ended_to_be_polled for s in gone):
        return absent(
            say("lb-idle-60s.absent.the-server-sends-an"),
            "hold",
        )
    others = [s for s in streams if not over(s)]
    if len(gone) < 2:
        return _one_ended(case, gone[0], others)
    silences = [silence_s(s) for s in gone]
    text = say("lb-idle-60s.text", times=times(silences))
    outlived_s = max((silence_s(s) for s in others), default=0.0)
    if outlived_s > max(silences):
        return absent(
            say(
                "lb-idle-60s.absent.streams-ended-after-another",
                n_gone=len(gone),
                text=text,
                outlived_s=seconds(outlived_s),
            ),
            "hold",
        )
    agree = agreement(gone, "silence")
    if agree != "one":
        return _no_limit(case, text, agree)
    if not all(silent_to_death(s) for s in gone):
        return absent(
            say("lb-idle-60s.absent.the-silence-before-the"),
            "hold",
        )
    return _limit(case, gone)


def _cut_while_listening(
    case: Case, others: Sequence[Exchange]
) -> tuple[Exchange, ...]:
    """Return the streams of `subscriptions/listen` that one idle limit has cut.

    A GET stream that outlived the same silence contradicts: then none is returned.
    """
    asked = case.listen.streams if case.listen is not None else ()
    gone = tuple(s for s in asked if over(s) and s.end is not None and not s.end.clean)
    if len(gone) < 2 or not all(silent_to_death(s) for s in gone):
        return ()
    limit_s = min(silence_s(s) for s in gone)
    outlived = any(max(silence_s(s), s.longest_silence_s) >= limit_s for s in others)
    return () if outlived or agreement(gone, "silence") != "one" else gone


def _listening_limit(
    case: Case, gone: Sequence[Exchange], others: Sequence[Exchange]
) -> Judgement:
    silences = [silence_s(s) for s in gone]
    longest_s = max((max(silence_s(s), s.longest_silence_s) for s in others), default=0)
    beside = (
        say("stream-life.listening-limit.beside", longest_s=seconds(longest_s))
        if others
        else ""
    )
    return present(
        say(
            "stream-life.listening-limit.present",
            lower=begin_small(begun(gone)),
            times=times(silences),
            ended=ended(gone[0]),
            suspects=suspects(case, min(silences)),
            beside=beside,
            unseen=unseen(
                case, say("stream-life.listening-limit.present.server-timeout-of")
            ),
        ),
        "listen",
        *(("hold",) if others else ()),
        owner=whose(case),
    )


def _no_limit(case: Case, text: Text, agree: Agreement) -> Judgement:
    """Judge silences that are not clearly one limit's."""
    if agree == "ours":
        return unknown(say("stream-life.ours", text=text, ours=OURS))
    if agree == "together":
        return unknown(say("stream-life.no-limit.unknown", text=text))
    if agree == "near":
        return suspected(
            say("stream-life.no-limit.suspected", text=text),
            _hold_again(case, 0.0),
            "hold",
            owner=whose(case),
        )
    return absent(say("stream-life.no-limit.absent", text=text), "hold")


def _limit(case: Case, gone: Sequence[Exchange]) -> Judgement:
    seen = lives(case)
    noisy = noisy_against(case, seen) if isinstance(seen, Lives) else ""
    if noisy == "same-age":
        return absent(
            say("stream-life.limit.absent"),
            "hold",
            "lifetime",
        )
    silences = [silence_s(s) for s in gone]
    silent = not noisy and all(_always_silent(s) for s in gone)
    text = say(
        "stream-life.limit.text",
        begun=begun(gone),
        times=times(silences),
        ended=ended(gone[0]),
        suspects=suspects(case, min(silences)),
    )
    held = [s for s in gone if _head_with_the_end(s)]
    if held:
        text += say("stream-life.limit", heads=counted(len(held), "head"))
    whole = say("stream-life.limit.whole")
    polite = all(s.end is not None and s.end.clean for s in gone)
    if polite and silent:
        return suspected(
            say("stream-life.limit.suspected", text=text, whole=whole),
            say("stream-life.limit.suspected.settle"),
            "hold",
            owner=whose(case),
        )
    busy = say("stream-life.limit.busy")
    more = whole if silent else busy if noisy else ""
    either = unseen(case, say("stream-life.limit.either"))
    return present(
        say("stream-life.limit.present", text=text, more=more, either=either),
        "hold",
        *(("lifetime",) if noisy else ()),
        owner=whose(case),
    )


def _head_with_the_end(seen: Exchange) -> bool:
    return silence_s(seen) > (seen.silent_s or 0.0)


def _one_ended(case: Case, gone: Exchange, others: list[Exchange]) -> Judgement:
    age = silence_s(gone)
    outlived = max((s.lived_s or 0.0 for s in others), default=0.0)
    if not silent_to_death(gone):
        return absent(say("stream-life.one-ended.absent"), "hold")
    if outlived > age:
        return absent(
            say(
                "stream-life.one-ended.absent.one-stream-after-of",
                ended=ended(gone),
                age=seconds(age),
                outlived=seconds(outlived),
            ),
            "hold",
        )
    return suspected(
        say("stream-life.one-ended.suspected", ended=ended(gone), age=seconds(age)),
        _hold_again(case, age),
        "hold",
        owner=whose(case),
    )


def _hold_again(case: Case, age_s: float) -> Text:
    """Return the test that would settle it: a longer watch than the one there was."""
    asked_s = case.hold.asked_s if case.hold is not None else 0.0
    longer = max(age_s, asked_s) * 1.2 + 5
    return say("stream-life.hold-again", longer=longer)


def _always_silent(seen: Exchange) -> bool:
    return silence_s(seen) >= WHOLE_LIFE * (seen.lived_s or 0.0)
