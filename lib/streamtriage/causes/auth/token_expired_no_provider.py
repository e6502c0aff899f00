"""The cause `token-expired-no-provider`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.auth.oauth_metadata_broken import oauth_metadata_broken
from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import EVERY_ANSWER, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.logins import gave_credential
from streamtriage.model import CauseId, Citation, Exchange, Fix, Status
from streamtriage.model.message import say
from streamtriage.wording import answer, password_scheme, seconds

if TYPE_CHECKING:
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["token_expired_no_provider"]

# Requests overlap, so the order of two that were sent this close proves nothing.
_OVERLAP_S = 0.5


@cause(
    owner="auth provider",
    scope="account/auth",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("rmcp-old-401-session"),
    reported_as=(
        "token-expiry-midstream",
        "token-lost-on-restart",
    ),
    explains=(refused(401, at=EVERY_ANSWER),),
    fixes=(
        Fix(
            where="the client's MCP configuration",
            what="Put a fresh token in; better, have the client fetch one each time.",
            paste='"headersHelper": "/path/to/print-headers-as-json.sh"',
            verify="handshake",
        ),
        Fix(
            where="Claude Code",
            what="From 2.1.193 on it runs headersHelper again after a 401: update.",
            paste="claude update",
            verify="handshake",
        ),
    ),
    citations=(
        Citation(source="RFC 6750, 3.1: invalid_token"),
        Citation(source="claude-code CHANGELOG 2.1.193"),
        Citation(source="openclaw#144797", grade="I"),
    ),
)
def token_expired_no_provider(case: Case) -> Judgement:
    """The access token is expired or refused, and nothing renews it."""
    asked = [s for s in case.exchanges if _with_our_right(s)]
    if not asked:
        return unknown(say("token-expired-no-provider.unknown"))
    refused = [s for s in asked if s.status == 401]
    posts = [s for s in refused if s.method == "POST"]
    if not refused:
        rests = [*case.probes_of(asked, "handshake"), *case.probes_of(asked, "open")]
        return absent(say("token-expired-no-provider.absent"), *dict.fromkeys(rests))
    if not posts:
        return absent(
            say("token-expired-no-provider.absent.only-get-is-answered"), "open"
        )
    first = min(refused, key=lambda seen: seen.started_s)
    if first.media_type == "text/html":
        return absent(
            say("token-expired-no-provider.absent.the-401-is-an"),
            "handshake",
        )
    posted = [s for s in asked if s.method == "POST" and s.accepted]
    last = max(seen.started_s for seen in posts)
    sure = min(last, first.started_s + _OVERLAP_S)
    if any(seen.started_s > sure for seen in posted):
        return absent(
            say(
                "token-expired-no-provider.absent.was-answered-401-yet",
                label=first.label,
            ),
            "reopen",
        )
    worked = [s for s in posted if s.started_s < first.started_s]
    names_token = any(_says_invalid_token(seen) for seen in refused)
    given = gave_credential(case.intake)
    if worked and (given or names_token):
        lasted = first.started_s - min(seen.started_s for seen in worked)
        says = say("token-expired-no-provider.says") if names_token else ""
        return present(
            say(
                "token-expired-no-provider.present",
                lasted=seconds(lasted),
                label=first.label,
                answer=answer(first),
                says=says,
                expiry=_expiry(case),
            ),
            "handshake",
            "open",
            "hold",
        )
    if given:
        return present(
            say(
                "token-expired-no-provider.present.the-credential-that-was",
                label=first.label,
                answer=answer(first),
                expiry=_expiry(case),
            ),
            "handshake",
            "auth",
        )
    scheme = password_scheme(first)
    if scheme:
        return absent(
            say("token-expired-no-provider.absent.the-401-asks-for", scheme=scheme),
            "handshake",
        )
    if oauth_metadata_broken.judge(case).status is Status.PRESENT:
        return absent(say("token-expired-no-provider.absent.nobody-can-log-in"), "auth")
    return suspected(
        say(
            "token-expired-no-provider.suspected",
            label=first.label,
            answer=answer(first),
        ),
        say("token-expired-no-provider.suspected.settle"),
        "handshake",
    )


def _with_our_right(seen: Exchange) -> bool:
    """True for requests that only the credential could be refused for.

    Old servers made with rmcp answer a session that they do not know with 401.
    """
    return seen.session == "live" or (seen.session == "none" and seen.method == "POST")


def _says_invalid_token(seen: Exchange) -> bool:
    challenge = seen.headers.get("www-authenticate", "")
    return "invalid_token" in f"{challenge} {seen.excerpt}"


def _expiry(case: Case) -> Text:
    """Return what the token itself says of its end; nobody has verified it."""
    left_s = case.auth.token_expires_s if case.auth else None
    if left_s is None:
        return ""
    if left_s < 0:
        return say("auth.expiry", value=-left_s / 60)
    return say("auth.expiry.by-its-own-exp", left_s=left_s / 60)
