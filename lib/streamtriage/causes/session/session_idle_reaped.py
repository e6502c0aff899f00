"""The cause `session-idle-reaped`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.shared_sessions import told_by_sharing
from streamtriage.model import CauseId, Citation, Exchange, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.observations.inconsistent import in_turns
from streamtriage.wording import answer, quoted, seconds

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["session_idle_reaped"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("server-restart-session-lost"),
    reported_as=("session-idle-ttl",),
    issues=("IvanMurzak/MCP-Plugin-dotnet#105",),
    explains=(refused(400, 401, 404, at=(Phase.SESSION,)),),
    fixes=(
        Fix(
            where="a Python server",
            what="Keep idle sessions for longer (30 min by default since 1.30 and "
            "2.2).",
            paste="server.streamable_http_app(session_idle_timeout=8 * 3600)",
            verify="session",
        ),
        Fix(
            where="a C# server",
            what="Keep idle sessions for longer (2 h by default).",
            paste=".WithHttpTransport(o => o.IdleTimeout = TimeSpan.FromHours(8))",
            verify="session",
        ),
        Fix(
            where="a Rust server",
            what="Keep idle sessions for longer (300 s by default, whatever the "
            "stream does).",
            paste="SessionConfig { keep_alive: Some(Duration::from_secs(28800)), "
            "..Default::default() }",
            verify="session",
        ),
    ),
    citations=(
        Citation(source="mcp 2.3.0 streamable_http_manager.py: session_idle_timeout"),
        Citation(source="csharp-sdk v2.2.0 HttpServerTransportOptions.cs:223"),
        Citation(source="rmcp 3.1.4 session/local.rs: DEFAULT_KEEP_ALIVE"),
    ),
)
def session_idle_reaped(case: Case) -> Judgement:
    """The server gives up a session that nobody has used for a while."""
    seen = case.left_alone
    if seen is None or seen.after is None or seen.before is None:
        return unknown(say("session-idle-reaped.unknown"))
    if not seen.before.accepted or not seen.after.answered:
        return unknown(say("session-idle-reaped.unknown.the-session-that-was"))
    if seen.after.accepted:
        return absent(
            say("session-idle-reaped.absent", idle_s=seconds(seen.idle_s)),
            "session",
        )
    text = say(
        "session-idle-reaped.text",
        idle_s=seconds(seen.idle_s),
        answer=answer(seen.after),
        after=quoted(seen.after),
    )
    if in_turns(case):
        return absent(
            say("session-idle-reaped.absent.but-the-session-is", text=text), "replicas"
        )
    if (shared := told_by_sharing(case)) is not None:
        return shared
    if _outside_too(case, seen.after):
        return absent(
            say("session-idle-reaped.absent.and-so-was-every", text=text),
            "session",
            "hold",
        )
    if seen.busy and not any(each.accepted for each in seen.busy):
        every_s = seen.idle_s / len(seen.busy)
        return suspected(
            say("session-idle-reaped.suspected", text=text, every_s=seconds(every_s)),
            say("session-idle-reaped.suspected.settle", every_s=every_s),
            "session",
        )
    if not seen.busy or not all(each.accepted for each in seen.busy):
        return absent(
            say("session-idle-reaped.absent.and-so-was-one", text=text), "session"
        )
    if seen.after.status not in (400, 401, 404):
        return suspected(
            say("session-idle-reaped.suspected.which-does-not-speak", text=text),
            say("session-idle-reaped.suspected.settle.run-it-again"),
            "session",
        )
    return present(
        say(
            "session-idle-reaped.present",
            text=text,
            idle_s=seconds(seen.idle_s / (len(seen.busy) or 1)),
        ),
        "session",
    )


def _outside_too(case: Case, refused: Exchange) -> bool:
    """Tell whether from a refusal on each new session was refused in the same way."""
    asked = [
        each.exchange
        for each in case.asked
        if each.role.greets
        and each.exchange.answered
        and each.exchange.sent_at_s > refused.sent_at_s
    ]
    return bool(asked) and all(seen.status == refused.status for seen in asked)
