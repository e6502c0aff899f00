"""Causes in how a server takes a second GET of the same session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import REOPENING, broken_promise, flap, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import answer, quoted, seconds, text_of
from streamtriage.model import Citation, Exchange, Fix, Reopening
from streamtriage.model.message import say

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = [
    "csharp_second_get_400",
    "hidden_409_instant_close",
    "mcp_go_400_session_already_exists",
]

_NEW_SESSION = Fix(
    where="the client, now",
    what="Start a new session.",
    paste="/mcp reconnect NAME",
    verify="handshake",
)
# The reference client waits one second before its first try, so a stream that ends
# sooner was not worth opening.
_AT_ONCE_S = 1.0


def _refused_by(case: Case, words: str) -> list[Reopening]:
    return [
        r
        for r in case.reopenings
        if r.first.is_event_stream
        and any(a.get.status == 400 and words in text_of(a.get) for a in r.refused)
    ]


@cause(
    layer="stream",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike="csharp-second-get-400",
    explains=(refused(400, at=REOPENING),),
    fixes=(
        Fix(
            where="a Go server built on mcp-go",
            what="Write a heartbeat, so that the handler of a stream that is gone ends "
            "(off by default).",
            paste="server.NewStreamableHTTPServer(s,\n"
            "    server.WithHeartbeatInterval(15*time.Second))",
            verify="second",
        ),
        _NEW_SESSION,
    ),
    citations=(
        Citation(source="mcp-go v1.0.0-beta.1 server/streamable_http.go:1066, :93-97"),
        Citation(
            source="https://github.com/render-oss/render-mcp-server/issues/26",
            grade="I",
        ),
    ),
)
def mcp_go_400_session_already_exists(case: Case) -> Judgement:
    """The server still counts the old stream, and says so with 400."""
    if not case.reopenings:
        return unknown(say("mcp-go-400-session-already-exists.unknown"))
    refused = _refused_by(case, "session already exists")
    late = [
        r
        for r in refused
        if any(a.after_s > 0 and a.get.status == 400 for a in r.refused)
    ]
    if not late:
        return absent(say("mcp-go-400-session-already-exists.absent"), "reopen")
    one = late[0]
    last = one.refused[-1]
    freed = case.second.freed_s if case.second else None
    until = (
        say("mcp-go-400-session-already-exists.until", freed=seconds(freed))
        if freed is not None
        else ""
    )
    return present(
        say(
            "mcp-go-400-session-already-exists.present",
            answer=answer(last.get),
            get=quoted(last.get),
            after_s=last.after_s,
            until=until,
        ),
        "reopen",
        "second",
    )


@cause(
    layer="stream",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike="half-open-stream-409",
    explains=(refused(400, at=REOPENING),),
    fixes=(
        Fix(
            where="a C# server",
            what="Give it an event store, so that a stream can be resumed, or run it "
            "without sessions: then GET is 405.",
            paste=".WithHttpTransport(o => o.Stateless = true)",
            verify="reopen",
        ),
        _NEW_SESSION,
    ),
    citations=(
        Citation(source="csharp-sdk v2.2.0 StreamableHttpSession.cs:18,102"),
        Citation(
            source="https://github.com/modelcontextprotocol/csharp-sdk/issues/1759"
        ),
    ),
)
def csharp_second_get_400(case: Case) -> Judgement:
    """The server gives each session one stream for its whole life."""
    if not case.reopenings:
        return unknown(say("csharp-second-get-400.unknown"))
    refused = _refused_by(case, "multiple get requests")
    if not refused:
        return absent(say("csharp-second-get-400.absent"), "reopen")
    for_good = [r for r in refused if not r.recovered]
    if not for_good:
        return absent(say("csharp-second-get-400.absent.such-a-get-was"), "reopen")
    one = for_good[0]
    last = one.refused[-1]
    lives = any(post.accepted for post in one.posts)
    if not lives:
        return suspected(
            say(
                "csharp-second-get-400.suspected",
                answer=answer(last.get),
                get=quoted(last.get),
            ),
            say("csharp-second-get-400.suspected.settle"),
            "reopen",
        )
    return present(
        say(
            "csharp-second-get-400.present",
            answer=answer(last.get),
            get=quoted(last.get),
            after_s=last.after_s,
        ),
        "reopen",
    )


@cause(
    layer="stream",
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike="instant-close-flap",
    explains=(
        broken_promise("second-stream-hidden", at=REOPENING),
        flap(REOPENING),
    ),
    fixes=(
        Fix(
            where="a Kotlin server",
            what="Update the SDK: it then says 409, and drops the old stream.",
            paste='implementation("io.modelcontextprotocol:kotlin-sdk:+")',
            verify="second",
        ),
        _NEW_SESSION,
    ),
    citations=(
        Citation(
            source="https://github.com/modelcontextprotocol/kotlin-sdk/issues/715"
        ),
    ),
)
def hidden_409_instant_close(case: Case) -> Judgement:
    """A second stream is opened and ended at once while the first is still counted."""
    seen = case.second
    if seen is None:
        if case.reopenings and all(r.recovered for r in case.reopenings):
            return absent(say("hidden-409-instant-close.absent"), "reopen")
        return unknown(say("hidden-409-instant-close.unknown"))
    if seen.first is None or seen.beside is None:
        return unknown(say("hidden-409-instant-close.unknown.no-stream-stayed-open"))
    if not ended_at_once(seen.beside):
        return absent(
            say(
                "hidden-409-instant-close.absent.a-second-get-beside",
                answer=answer(seen.beside),
            ),
            "second",
        )
    if not seen.first_went_on:
        return absent(
            say("hidden-409-instant-close.absent.the-first-stream-ended"), "second"
        )
    if seen.freed_s == 0:
        return absent(
            say("hidden-409-instant-close.absent.once-the-first-was"), "second"
        )
    text = say(
        "hidden-409-instant-close.text",
        answer=answer(seen.beside),
        lived_s=seconds(seen.beside.lived_s),
    )
    if seen.freed_s is None:
        last = seen.tries[-1].after_s if seen.tries else 0
        return suspected(
            say("hidden-409-instant-close.suspected", text=text, last=seconds(last)),
            say("hidden-409-instant-close.suspected.settle"),
            "second",
        )
    return present(
        say(
            "hidden-409-instant-close.present", text=text, freed_s=seconds(seen.freed_s)
        ),
        "second",
        "reopen",
    )


def ended_at_once(seen: Exchange) -> bool:
    """Tell whether a stream was opened and cleanly ended, with nothing on it."""
    return (
        seen.is_event_stream
        and seen.end is not None
        and seen.end.natural
        and seen.end.clean
        and seen.events == 0
        and seen.lived_s is not None
        and seen.lived_s < _AT_ONCE_S
    )
