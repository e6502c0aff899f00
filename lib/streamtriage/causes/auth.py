"""Causes in the right to use the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import EVERY_ANSWER, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.oauth import gave_credential, oauth_metadata_broken
from streamtriage.causes.words import answer, password_scheme, seconds
from streamtriage.model import Citation, Exchange, Fix, Status

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["token_expired_no_provider"]

# Requests overlap, so the order of two that were sent this close proves nothing.
_OVERLAP_S = 0.5


@cause(
    layer="auth",
    owner="auth provider",
    scope="account/auth",
    impact="fatal",
    eras=ANY,
    look_alike="rmcp-old-401-session",
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
        return unknown("Nothing was asked over HTTP.")
    refused = [s for s in asked if s.status == 401]
    posts = [s for s in refused if s.method == "POST"]
    if not refused:
        rests = [*case.probes_of(asked, "handshake"), *case.probes_of(asked, "open")]
        return absent("No request was answered 401.", *dict.fromkeys(rests))
    if not posts:
        return absent(
            "Only GET is answered 401; POST with the same credential is not.", "open"
        )
    first = min(refused, key=lambda seen: seen.started_s)
    if first.media_type == "text/html":
        return absent(
            "The 401 is an HTML page, so another layer than the MCP server asks for a "
            "login.",
            "handshake",
        )
    posted = [s for s in asked if s.method == "POST" and s.accepted]
    last = max(seen.started_s for seen in posts)
    sure = min(last, first.started_s + _OVERLAP_S)
    if any(seen.started_s > sure for seen in posted):
        return absent(
            f"`{first.label}` was answered 401, yet a later POST with the same "
            "credential was accepted, so the credential is not what was refused.",
            "reopen",
        )
    worked = [s for s in posted if s.started_s < first.started_s]
    names_token = any(_says_invalid_token(seen) for seen in refused)
    given = gave_credential(case.intake)
    if worked and (given or names_token):
        lasted = first.started_s - min(seen.started_s for seen in worked)
        says = " with `invalid_token`" if names_token else ""
        return present(
            f"Requests were accepted for {seconds(lasted)}; then `{first.label}` and "
            f"all later ones were answered {answer(first)}{says}. Nothing renewed the "
            f"token, so no request can work until there is a new one.{_expiry(case)}",
            "handshake",
            "open",
            "hold",
        )
    if given:
        return present(
            f"The credential that was given is refused: `{first.label}` was answered "
            f"{answer(first)}, and no request got through.{_expiry(case)}",
            "handshake",
            "auth",
        )
    scheme = password_scheme(first)
    if scheme:
        return absent(
            f"The 401 asks for a name and a password ({scheme}), not for a token.",
            "handshake",
        )
    if oauth_metadata_broken.judge(case).status is Status.PRESENT:
        return absent("Nobody can log in: the way there is broken.", "auth")
    return suspected(
        f"`{first.label}` was answered {answer(first)}, but no credential was given to "
        "this tool, so nothing is known of yours.",
        "Run again with --auth-env NAME, the variable that holds the client's token.",
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


def _expiry(case: Case) -> str:
    """Return what the token itself says of its end; nobody has verified it."""
    left_s = case.auth.token_expires_s if case.auth else None
    if left_s is None:
        return ""
    if left_s < 0:
        return f" By its own `exp` the token was over {-left_s / 60:.0f} min ago."
    return f" By its own `exp` the token is good for {left_s / 60:.0f} min yet."
