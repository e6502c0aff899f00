"""The cause `insufficient-scope-403`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import EVERY_ANSWER, refused
from streamtriage.causes.judgement import Judgement, absent, present, unknown
from streamtriage.model import CauseId, Citation, Exchange, Fix
from streamtriage.model.message import say
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["insufficient_scope_403"]


@cause(
    owner="auth provider",
    scope="account/auth",
    impact="degraded",
    eras=ANY,
    look_alike=CauseId("origin-403"),
    explains=(refused(403, at=EVERY_ANSWER),),
    fixes=(
        Fix(
            where="the authorization server",
            what="Grant the scope that the challenge names, then log in again.",
            paste="/mcp  # choose the server, then: Authenticate",
            verify="open",
        ),
        Fix(
            where="the client",
            what="Use one built on the TypeScript SDK 2.x: it asks for the scope; 1.x "
            "ignores the challenge on a GET.",
            paste="claude update",
            verify="open",
        ),
    ),
    citations=(
        Citation(
            source="MCP 2025-11-25, basic/authorization, Scope Challenge Handling"
        ),
        Citation(source="RFC 6750, 3.1: insufficient_scope"),
        Citation(source="typescript-sdk 1.30.0 src/client/streamableHttp.ts:229-241"),
    ),
)
def insufficient_scope_403(case: Case) -> Judgement:
    """The token is good, but lacks a scope that the server asks for."""
    if not case.exchanges:
        return unknown(say("insufficient-scope-403.unknown"))
    refused = [s for s in case.exchanges if s.status == 403 and _names_scope(s)]
    if not refused:
        return absent(
            say("insufficient-scope-403.absent"),
            *case.probes_of(case.exchanges, "open"),
        )
    first = refused[0]
    scopes = (
        next((c.scope for c in case.auth.challenges if c.scope), "")
        if (case.auth)
        else ""
    )
    needs = say("insufficient-scope-403.needs", scopes=scopes) if scopes else ""
    only_get = {seen.method for seen in refused} == {"GET"} and case.posts_work
    while_post = say("insufficient-scope-403.while-post") if only_get else ""
    return present(
        say(
            "insufficient-scope-403.present",
            label=first.label,
            answer=answer(first),
            while_post=while_post,
            needs=needs,
        ),
        "open",
        "auth",
        impact="fatal" if not case.posts_work else None,
    )


def _names_scope(seen: Exchange) -> bool:
    return "insufficient_scope" in seen.headers.get("www-authenticate", "")
