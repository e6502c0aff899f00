"""The cause `get-204`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import LEGACY, cause
from streamtriage.causes.explains import STREAM_GETS, refused
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["get_204"]

_SHOWN = refused(204, at=STREAM_GETS)


@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    eras=LEGACY,
    look_alike=CauseId("healthy-get-405"),
    reported_as=(
        "get-not-offered",
        "get-not-offered-wrong-status",
        "wrong-status-or-body",
    ),
    issues=(
        "modelcontextprotocol/typescript-sdk#1150",
        "modelcontextprotocol/typescript-sdk#1635",
    ),
    explains=(_SHOWN,),
    fixes=(
        Fix(
            where="the server's GET handler",
            what="Answer 405 where no stream is offered, or hold an event stream open.",
            paste="app.get('/mcp', (req, res) => {\n"
            "  res.status(405).set('Allow', 'POST, DELETE').end();\n});",
            verify="open",
        ),
    ),
    citations=(
        Citation(
            source="MCP 2025-11-25, basic/transports, Listening for Messages from the "
            "Server"
        ),
        Citation(
            source="TypeScript SDK 1.32.2: a null body is taken quietly", grade="L"
        ),
    ),
)
def get_204(case: Case) -> Judgement:
    """A GET is answered 204, so the stream is silently missing."""
    gets = case.gets
    if not gets:
        return unknown(say("get-204.unknown"))
    empty = [seen for seen in gets if seen.status == 204]
    if not empty:
        return absent(
            say("get-204.absent", answer=answer(gets[0])), *case.probes_of(gets, "open")
        )
    return present(
        say("get-204.present", n_empty=len(empty), n_gets=len(gets)),
        "open",
    )
