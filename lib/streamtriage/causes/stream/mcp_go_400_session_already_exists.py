"""The cause `mcp-go-400-session-already-exists`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import REOPENING, refused
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.causes.second_get import NEW_SESSION, reopenings_refused_with
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.wording import answer, quoted, seconds

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["mcp_go_400_session_already_exists"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("csharp-second-get-400"),
    reported_as=(
        "half-open-tcp",
        "zombie-stream",
        "zombie-stream-on-reopen",
    ),
    issues=(
        "anthropics/claude-code#31752",
        "Michael-Obele/shadcn-svelte-mcp#2",
    ),
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
        NEW_SESSION,
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
    refused = reopenings_refused_with(case, "session already exists")
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
