"""The cause `delete-ends-all-sessions`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import LEGACY, cause
from streamtriage.causes.ended_by_others import (
    BY_OTHERS,
    LOST_STATUSES,
    lost_at_end,
    say_lost,
    two_sessions,
)
from streamtriage.causes.judgement import Judgement, absent, present
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["delete_ends_all_sessions"]


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
            what="In the DELETE handler close the transport of that session alone.",
            paste="const id = req.headers['mcp-session-id'];\n"
            "await transports[id]?.close();  // not: server.close()\n"
            "delete transports[id];",
            verify="concurrent",
        ),
        Fix(
            where="a server that keeps its sessions in a store",
            what="Delete the one key, not the whole store.",
            paste='redis.delete(f"mcp:session:{session_id}")  # not: flushdb()',
            verify="concurrent",
        ),
    ),
    citations=(
        Citation(
            source="MCP 2025-11-25, basic/transports, Session Management: DELETE with "
            "the session id terminates that session"
        ),
    ),
)
def delete_ends_all_sessions(case: Case) -> Judgement:
    """One client's DELETE ends the sessions of all others."""
    found = two_sessions(case)
    if isinstance(found, Judgement):
        return found
    lost = lost_at_end(found)
    if lost is None:
        return absent(
            say("delete-ends-all-sessions.absent"),
            "concurrent",
        )
    twice = found.after is not None and found.after.status in LOST_STATUSES
    return present(
        say(
            "delete-ends-all-sessions.present",
            told=say_lost(lost),
            say=say("delete-ends-all-sessions.present.it-was-so") if twice else "",
        ),
        "concurrent",
    )
