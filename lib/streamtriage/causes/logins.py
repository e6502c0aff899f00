"""Refusals of a login: 401 and 403."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.judgement import Judgement, absent, unknown
from streamtriage.model import Citation, Exchange, Intake
from streamtriage.model.message import say
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["AUTHORIZATION", "gave_credential", "refused_live_gets", "says_no_get"]

_CREDENTIAL_WORDS = ("auth", "token", "key", "cookie", "secret")
AUTHORIZATION = Citation(source="MCP 2025-11-25, basic/authorization")


def refused_live_gets(case: Case) -> tuple[Exchange, ...] | Judgement:
    """Return the live GETs if all are 401 while POST works, else why not."""
    gets = case.live_gets
    if not gets:
        return unknown(say("oauth.refused-gets.unknown"))
    if not case.posts_work:
        if case.posts_work is None:
            return unknown(say("oauth.refused-gets.unknown.no-post-was-answered"))
        return absent(
            say("oauth.refused-gets.absent"), *case.probes_of(case.posts, "handshake")
        )
    if any(seen.status != 401 for seen in gets):
        return absent(
            say(
                "oauth.refused-gets.absent.the-get-was-answered", answer=answer(gets[0])
            ),
            "open",
        )
    return gets


def says_no_get(case: Case) -> Text:
    """Return how the server itself shows that it has no GET; empty if it does not."""
    auth = case.auth
    if auth is None or "POST" not in auth.allowed or "GET" in auth.allowed:
        return ""
    return say("oauth.no-get", join=", ".join(auth.allowed))


def gave_credential(intake: Intake) -> bool:
    """Tell whether the person gave anything that looks like a credential."""
    names = " ".join(intake.header_envs).lower()
    return bool(intake.auth_env) or any(word in names for word in _CREDENTIAL_WORDS)
