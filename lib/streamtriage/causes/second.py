"""Causes in how a server takes a second GET of the same session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import REOPENING, broken_promise, flap, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import answer, quoted, seconds, text_of
from streamtriage.model import Citation, Exchange, Fix, Reopening

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
        return unknown("No stream was opened again.")
    refused = _refused_by(case, "session already exists")
    late = [
        r
        for r in refused
        if any(a.after_s > 0 and a.get.status == 400 for a in r.refused)
    ]
    if not late:
        return absent("No GET was answered `session already exists`.", "reopen")
    one = late[0]
    last = one.refused[-1]
    freed = case.second.freed_s if case.second else None
    until = f"; it was free after {seconds(freed)}" if freed is not None else ""
    return present(
        f"After a stream had ended, a GET in the same session was answered "
        f"{answer(last.get)}{quoted(last.get)} until +{last.after_s:g} s{until}. The "
        "client's only tries are at +1 s and +2.5 s.",
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
        return unknown("No stream was opened again.")
    refused = _refused_by(case, "multiple get requests")
    if not refused:
        return absent("No GET was answered `multiple GET requests`.", "reopen")
    for_good = [r for r in refused if not r.recovered]
    if not for_good:
        return absent("Such a GET was accepted a moment later.", "reopen")
    one = for_good[0]
    last = one.refused[-1]
    lives = any(post.accepted for post in one.posts)
    if not lives:
        return suspected(
            f"A second GET was answered {answer(last.get)}{quoted(last.get)}, but POST "
            "does not work either.",
            "Run the triage again.",
            "reopen",
        )
    return present(
        f"After a stream had ended, every GET in the same session was answered "
        f"{answer(last.get)}{quoted(last.get)}, the last at +{last.after_s:g} s, while "
        "POST works. In the C# SDK this never clears.",
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
            return absent("Streams could be opened again, and stayed open.", "reopen")
        return unknown("No second stream was asked for beside an open one.")
    if seen.first is None or seen.beside is None:
        return unknown("No stream stayed open for a second one beside it.")
    if not ended_at_once(seen.beside):
        return absent(
            f"A second GET beside an open stream is answered {answer(seen.beside)}.",
            "second",
        )
    if not seen.first_went_on:
        return absent("The first stream ended as well.", "second")
    if seen.freed_s == 0:
        return absent("Once the first was gone, another was given at once.", "second")
    text = (
        f"Beside an open stream a second GET was answered {answer(seen.beside)} and "
        f"ended after {seconds(seen.beside.lived_s)}"
    )
    if seen.freed_s is None:
        last = seen.tries[-1].after_s if seen.tries else 0
        return suspected(
            f"{text}; so was every other one, until {seconds(last)} after the first "
            "was gone, as if each session were given one stream that lives.",
            "Run the triage with a longer hold, and against the server directly, "
            "without any proxy.",
            "second",
        )
    return present(
        f"{text}, until {seconds(seen.freed_s)} after the first was gone. A client "
        "takes that for a stream and asks again every second, without an error line.",
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
