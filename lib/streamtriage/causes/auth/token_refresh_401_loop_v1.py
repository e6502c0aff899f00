"""The cause `token-refresh-401-loop-v1`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import STREAM_GETS, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected
from streamtriage.causes.logins import (
    AUTHORIZATION,
    gave_credential,
    refused_live_gets,
    says_no_get,
)
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.wording import answer, quoted

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["token_refresh_401_loop_v1"]

_SHOWN = refused(401, at=STREAM_GETS)


@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("token-expired-no-provider"),
    reported_as=(
        "get-401",
        "get-401-post-200",
    ),
    explains=(_SHOWN,),
    fixes=(
        Fix(
            where="the server's auth middleware",
            what="Check GET by the same rule as POST.",
            paste="app.use('/mcp', requireBearerAuth({ verifier }));  // every method",
            verify="open",
        ),
        Fix(
            where="the client",
            what="Use one built on the TypeScript SDK 2.x: it asks for a new token "
            "once, not for ever.",
            paste="claude update",
            verify="open",
        ),
    ),
    citations=(
        AUTHORIZATION,
        Citation(
            source="TypeScript SDK 1.32.2: 1469 GETs and 1467 refreshes in 6 s",
            grade="L",
        ),
        Citation(
            source="https://github.com/google-gemini/gemini-cli/issues/25473", grade="I"
        ),
    ),
)
def token_refresh_401_loop_v1(case: Case) -> Judgement:
    """GET is answered 401 with the credential that POST accepts, so clients loop."""
    gets = refused_live_gets(case)
    if isinstance(gets, Judgement):
        return gets
    no_get = says_no_get(case)
    if no_get:
        return absent(say("token-refresh-401-loop-v1.absent", no_get=no_get), "auth")
    text = say(
        "token-refresh-401-loop-v1.text",
        n_gets=len(gets),
        answer=answer(gets[0]),
        gets=quoted(gets[0]),
    )
    if not gave_credential(case.intake):
        return suspected(
            say("token-refresh-401-loop-v1.suspected", text=text),
            say("token-refresh-401-loop-v1.suspected.settle"),
            "open",
        )
    return present(
        say("token-refresh-401-loop-v1.present", text=text),
        "open",
        "handshake",
    )
