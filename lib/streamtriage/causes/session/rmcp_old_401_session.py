"""The cause `rmcp-old-401-session`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import cause
from streamtriage.causes.explains import refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.model import CauseId, Citation, Exchange, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer, quoted, text_of

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["rmcp_old_401_session"]

# Requests overlap: one that was sent this much later may have arrived before.
_OVERLAP_S = 0.5


@cause(
    owner="server",
    scope="deployment configuration",
    impact="degraded",
    look_alike=CauseId("token-expired-no-provider"),
    explains=(refused(401, at=(Phase.POST, Phase.REOPEN, Phase.SESSION)),),
    fixes=(
        Fix(
            where="a Rust server",
            what="Update rmcp: it answers 404 to a session that it does not know.",
            paste="cargo update -p rmcp",
            verify="open",
        ),
        Fix(
            where="the client, now",
            what="Start a new session; a new login does not help.",
            paste="/mcp reconnect NAME",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="https://github.com/modelcontextprotocol/rust-sdk/issues/384"),
        Citation(source="https://github.com/modelcontextprotocol/rust-sdk/issues/559"),
        Citation(source="MCP 2025-11-25, basic/transports, Session Management"),
    ),
)
def rmcp_old_401_session(case: Case) -> Judgement:
    """A session that is not known is answered 401, so clients start a login."""
    opened = case.opened
    if opened is None or opened.live is None:
        return unknown(say("rmcp-old-401-session.unknown"))
    asked = [s for s in (opened.made_up_post, opened.ended_post) if s is not None]
    all_refused = [seen for seen in asked if seen.status == 401]
    if not all_refused:
        told = (
            say("rmcp-old-401-session.told", answer=answer(asked[0]))
            if asked
            else say("rmcp-old-401-session.told.not-asked-for")
        )
        return absent(say("rmcp-old-401-session.absent", told=told), "open")
    refused = next((s for s in all_refused if _right_went_on(case, s)), None)
    if refused is None:
        return absent(
            say("rmcp-old-401-session.absent.nothing-else-was-accepted"), "open"
        )
    if "www-authenticate" in refused.headers and "session" not in text_of(refused):
        return suspected(
            say("rmcp-old-401-session.suspected", answer=answer(refused)),
            say("rmcp-old-401-session.suspected.settle"),
            "open",
        )
    return present(
        say(
            "rmcp-old-401-session.present",
            answer=answer(refused),
            refused=quoted(refused),
        ),
        "open",
    )


def _right_went_on(case: Case, refused: Exchange) -> bool:
    """Tell whether the credential was still good after this refusal.

    A request that bore a cookie bore more than the refused one did.
    """
    bore_cookies = case.replicas.with_cookies if case.replicas is not None else ()
    return any(
        seen.method == "POST"
        and not any(seen is each for each in bore_cookies)
        and seen.accepted
        and seen.session in ("live", "none")
        and seen.started_s > refused.started_s + _OVERLAP_S
        for seen in case.exchanges
    )
