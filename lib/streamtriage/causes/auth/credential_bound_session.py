"""The cause `credential-bound-session`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer, quoted

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["credential_bound_session"]


@cause(
    owner="client",
    scope="account/auth",
    impact="fatal",
    look_alike=CauseId("token-expired-no-provider"),
    explains=(
        refused(400, 401, 403, 404, at=(Phase.SESSION,), details=("other-credential",)),
    ),
    fixes=(
        Fix(
            where="the client",
            what="Open a new session whenever the credential changes: reconnect the "
            "server.",
            paste="/mcp",
            verify="session",
        ),
        Fix(
            where="the authorization server",
            what="Keep client, issuer and subject of a token the same when it is "
            "refreshed, for that is what sessions are bound to.",
            paste='{"iss": "SAME", "sub": "SAME", "client_id": "SAME"}',
            verify="session",
        ),
    ),
    citations=(
        Citation(
            source="mcp 1.29.0 server/streamable_http_manager.py:268,356: since 1.27.2"
        ),
        Citation(source="csharp-sdk v2.2.0 StreamableHttpHandler.cs: 403"),
        Citation(source="go-sdk v1.7.0 mcp/streamable.go:587: session user mismatch"),
    ),
)
def credential_bound_session(case: Case) -> Judgement:
    """The session takes only the credential that it was opened with."""
    seen = case.left_alone
    if seen is None or seen.other_fresh is None:
        return unknown(say("credential-bound-session.unknown"))
    if seen.other_post is None or seen.own_before is None or seen.own_after is None:
        return unknown(say("credential-bound-session.unknown.no-session-could-be"))
    other = seen.other_post
    if other.worked:
        return absent(
            say("credential-bound-session.absent"),
            "session",
        )
    if not seen.own_before.worked or not seen.own_after.worked:
        return absent(
            say("credential-bound-session.absent.the-session-takes-its"), "session"
        )
    if not other.answered:
        return unknown(
            say("credential-bound-session.unknown.with-the-other-credential")
        )
    text = say(
        "credential-bound-session.text", answer=answer(other), other=quoted(other)
    )
    if not seen.other_fresh.worked:
        return absent(
            say(
                "credential-bound-session.absent.but-the-other-credential",
                text=text,
                answer=answer(seen.other_fresh),
            ),
            "session",
        )
    if other.status not in (400, 401, 403, 404):
        return suspected(
            say("credential-bound-session.suspected", text=text),
            say("credential-bound-session.suspected.settle"),
            "session",
        )
    return present(
        say("credential-bound-session.present", text=text),
        "session",
    )
