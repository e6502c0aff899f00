"""The cause `get-401-but-server-has-no-stream`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import EVERY_GET, STREAM_GETS, Predicts, refused
from streamtriage.causes.judgement import Judgement, absent, present
from streamtriage.causes.logins import refused_live_gets, says_no_get
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["get_401_but_server_has_no_stream"]

_ALLOW_405 = Fix(
    where="the server's router",
    what="Look at the method before the credential: answer GET with 405.",
    paste="app.get('/mcp', (req, res) => {  // before the auth middleware\n"
    "  res.status(405).set('Allow', 'POST, DELETE').end();\n});",
    verify="open",
)
_SHOWN = refused(401, at=STREAM_GETS)


@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("token-refresh-401-loop-v1"),
    reported_as=(
        "get-401",
        "get-401-post-200",
    ),
    explains=(_SHOWN,),
    predicts=(Predicts(EVERY_GET, _SHOWN),),
    fixes=(_ALLOW_405,),
    citations=(
        Citation(source="MCP 2025-11-25, basic/transports, Listening for Messages"),
        Citation(source="https://github.com/runpod/runpod-mcp/issues/79", grade="I"),
        Citation(source="RFC 9110, 10.2.1: Allow"),
    ),
)
def get_401_but_server_has_no_stream(case: Case) -> Judgement:
    """A server without GET asks for a credential before it says so with 405."""
    gets = refused_live_gets(case)
    if isinstance(gets, Judgement):
        return gets
    no_get = says_no_get(case)
    if not no_get:
        return absent(say("get-401-but-server-has-no-stream.absent"), "auth")
    return present(
        say(
            "get-401-but-server-has-no-stream.present",
            n_gets=len(gets),
            answer=answer(gets[0]),
            no_get=no_get,
        ),
        "open",
        "auth",
    )
