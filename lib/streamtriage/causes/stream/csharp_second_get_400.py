"""The cause `csharp-second-get-400`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import REOPENING, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.second_get import NEW_SESSION, reopenings_refused_with
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.wording import answer, quoted

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["csharp_second_get_400"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("half-open-stream-409"),
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
            where="a C# server",
            what="Give it an event store, so that a stream can be resumed, or run it "
            "without sessions: then GET is 405.",
            paste=".WithHttpTransport(o => o.Stateless = true)",
            verify="reopen",
        ),
        NEW_SESSION,
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
    refused = reopenings_refused_with(case, "multiple get requests")
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
