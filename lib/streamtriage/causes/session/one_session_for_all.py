"""The cause `one-session-for-all`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import LEGACY, cause
from streamtriage.causes.ended_by_others import BY_OTHERS
from streamtriage.causes.explains import (
    broken_promise,
)
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.observations.broken_promise import issued_ids
from streamtriage.wording import counted

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["one_session_for_all"]


@cause(
    owner="server",
    scope="deployment configuration",
    impact="fatal",
    eras=LEGACY,
    look_alike=CauseId("server-restart-session-lost"),
    explains=(
        broken_promise("shared-session", at=(Phase.GREET,)),
        *BY_OTHERS,
    ),
    fixes=(
        Fix(
            where="a TypeScript server",
            what="Make an id for each session.",
            paste="sessionIdGenerator: () => randomUUID()",
            verify="concurrent",
        ),
        Fix(
            where="a server that makes its own ids",
            what="Make each of random bytes; never of a constant, the process or the "
            "client's name.",
            paste="session_id = secrets.token_hex(16)",
            verify="concurrent",
        ),
        Fix(
            where="a cache before the server",
            what="Keep no answer to POST, and none that sets a session.",
            paste="Cache-Control: no-store",
            verify="concurrent",
        ),
    ),
    citations=(
        Citation(
            source="MCP 2025-11-25, basic/transports, Session Management: the id "
            "SHOULD be globally unique"
        ),
    ),
)
def one_session_for_all(case: Case) -> Judgement:
    """The server gives the same session to every client."""
    issued = issued_ids(case)
    if len(issued) < 2:
        return unknown(say("one-session-for-all.unknown"))
    labels = [label for label, _ in issued]
    probes = case.probes_of([each.exchange for _, each in issued], "handshake")
    shared = len(labels) - len(set(labels))
    if not shared:
        return absent(
            say("one-session-for-all.absent", sessions=counted(len(labels), "session")),
            *probes,
        )
    return present(
        say(
            "one-session-for-all.present",
            initializes=counted(len(labels), "`initialize`"),
            ids=counted(len(set(labels)), "id"),
        ),
        *probes,
    )
