"""The cause `redirect-cross-origin-login`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import STREAM_GETS, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected
from streamtriage.causes.redirects import REDIRECT_POLICY, seen_turns
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["redirect_cross_origin_login"]


@cause(
    owner="proxy",
    scope="account/auth",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("token-expired-no-provider"),
    explains=(
        refused(range(300, 400), at=(Phase.REDIRECT, Phase.GREET, *STREAM_GETS)),
    ),
    fixes=(
        Fix(
            where="oauth2-proxy",
            what="Leave the MCP path to the server's own bearer tokens.",
            paste='skip_auth_routes = ["^/mcp"]\napi_routes = ["^/mcp"]',
            verify="redirect",
        ),
        Fix(
            where="Cloudflare Access",
            what="Add a policy for the MCP path with the action Service Auth, and send "
            "the service token.",
            paste="CF-Access-Client-Id: ID\nCF-Access-Client-Secret: SECRET",
            verify="redirect",
        ),
        Fix(
            where="any sign-in wall",
            what="Answer programs 401 with WWW-Authenticate, not a redirect.",
            paste="HTTP/1.1 401 Unauthorized\nWWW-Authenticate: Bearer "
            'resource_metadata="https://HOST/.well-known/oauth-protected-resource"',
            verify="redirect",
        ),
    ),
    citations=(
        REDIRECT_POLICY,
        Citation(source="MCP 2025-11-25, basic/authorization: 401, never a redirect"),
    ),
)
def redirect_cross_origin_login(case: Case) -> Judgement:
    """A sign-in wall answers in the server's place, with a redirect instead of 401."""
    turns = seen_turns(case)
    if isinstance(turns, Judgement):
        return turns
    login = next((turn for turn in turns if turn.to_login), None)
    if login is not None:
        bare = not (case.intake.auth_env or case.intake.header_envs)
        sent = say("redirect-cross-origin-login.sent") if bare else ""
        return present(
            say("redirect-cross-origin-login.present", says=login.says(), sent=sent),
            "redirect",
        )
    away = next((t for t in turns if t.leaves and not t.downgrade), None)
    if away is not None:
        return suspected(
            say("redirect-cross-origin-login.suspected", says=away.says()),
            say("redirect-cross-origin-login.suspected.settle"),
            "redirect",
        )
    return absent(say("redirect-cross-origin-login.absent"), "redirect")
