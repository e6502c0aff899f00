"""The cause `new-session-ends-others`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import LEGACY, cause
from streamtriage.causes.ended_by_others import (
    BY_OTHERS,
    lost_at_start,
    say_lost,
    two_sessions,
)
from streamtriage.causes.judgement import Judgement, absent, present, suspected
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["new_session_ends_others"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=LEGACY,
    look_alike=CauseId("server-restart-session-lost"),
    explains=BY_OTHERS,
    fixes=(
        Fix(
            where="a TypeScript server",
            what="Keep a transport for each session, not one variable for all.",
            paste="const transports = {};  // not: let transport;\n"
            "transports[id] = new StreamableHTTPServerTransport({ ... });",
            verify="concurrent",
        ),
        Fix(
            where="a server that allows each user one session",
            what="Allow as many as the person has clients and windows.",
            paste="max_sessions_per_user: 20",
            verify="concurrent",
        ),
    ),
    citations=(
        Citation(
            source="MCP 2025-11-25, basic/transports, Session Management: a server may "
            "terminate a session at any time"
        ),
    ),
)
def new_session_ends_others(case: Case) -> Judgement:
    """A new session ends the one before: two clients take turns in losing theirs."""
    found = two_sessions(case)
    if isinstance(found, Judgement):
        return found
    lost = lost_at_start(found)
    if lost is None:
        return absent(say("new-session-ends-others.absent"), "concurrent")
    text = say("new-session-ends-others.text", told=say_lost(lost))
    if found.after is not None and found.after.worked and lost.method != "GET":
        return suspected(
            say("new-session-ends-others.suspected", text=text),
            say("new-session-ends-others.suspected.settle"),
            "concurrent",
        )
    return present(
        say("new-session-ends-others.present", text=text),
        "concurrent",
    )
