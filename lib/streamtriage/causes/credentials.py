"""Causes in whose session it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import answer, quoted
from streamtriage.model import Citation, Fix
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["credential_bound_session"]


@cause(
    layer="auth",
    owner="client",
    scope="account/auth",
    impact="fatal",
    look_alike="token-expired-no-provider",
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
        return unknown("Only one credential was given: --second-auth-env NAME.")
    if seen.other_post is None or seen.own_before is None or seen.own_after is None:
        return unknown("No session could be opened with the first credential.")
    other = seen.other_post
    if other.worked:
        return absent(
            "A session that was opened with one credential takes the other one, too.",
            "session",
        )
    if not seen.own_before.worked or not seen.own_after.worked:
        return absent("The session takes its own credential no more either.", "session")
    if not other.answered:
        return unknown("With the other credential nothing was answered.")
    text = (
        "A session that was opened with one credential answers the other one with "
        f"{answer(other)}{quoted(other)}, and goes on for its own"
    )
    if not seen.other_fresh.worked:
        return absent(
            f"{text}; but the other credential cannot open a session of its own "
            f"either ({answer(seen.other_fresh)}).",
            "session",
        )
    if other.status not in (400, 401, 403, 404):
        return suspected(f"{text}.", "Run it again.", "session")
    return present(
        f"{text}. The other credential can open sessions of its own. A client whose "
        "token is exchanged for one of another identity loses its session so.",
        "session",
    )
