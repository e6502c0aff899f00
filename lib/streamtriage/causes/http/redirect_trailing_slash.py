"""The cause `redirect-trailing-slash`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import STREAM_GETS, refused
from streamtriage.causes.judgement import Judgement, absent, present
from streamtriage.causes.redirects import REDIRECT_POLICY, seen_turns
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.model import Impact
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = ["redirect_trailing_slash"]


@cause(
    owner="client",
    scope="deployment configuration",
    impact="cosmetic",
    eras=ANY,
    look_alike=CauseId("redirect-scheme-downgrade"),
    explains=(
        refused(range(300, 400), at=(Phase.REDIRECT, Phase.GREET, *STREAM_GETS)),
    ),
    fixes=(
        Fix(
            where="the client's MCP configuration",
            what="Write the URL exactly as the server serves it, slash and all.",
            paste='"url": "FINAL-URL"',
            verify="redirect",
        ),
        Fix(
            where="Starlette, FastAPI or FastMCP",
            what="Serve the path itself instead of redirecting to it.",
            paste="app.router.redirect_slashes = False",
            verify="redirect",
        ),
        Fix(
            where="nginx",
            what="Match the path without a slash too; a 301 turns POST into GET.",
            paste="location = /mcp { proxy_pass http://mcp_backend/mcp/; }",
            verify="redirect",
        ),
    ),
    citations=(
        REDIRECT_POLICY,
        Citation(source="RFC 9110, 15.4: 307 and 308 keep the method, 301 need not"),
        Citation(source="https://github.com/PrefectHQ/fastmcp/issues/435", grade="I"),
    ),
)
def redirect_trailing_slash(case: Case) -> Judgement:
    """The URL in use is redirected to another one of the same server."""
    turns = seen_turns(case)
    if isinstance(turns, Judgement):
        return turns
    own = [t for t in turns if not (t.leaves or t.downgrade or t.to_login)]
    if not own:
        return absent(say("redirect-trailing-slash.absent"), "redirect")
    first = own[0]
    text = say("redirect-trailing-slash.text", says=first.says())
    if case.redirect is not None and case.redirect.final_url:
        return _followed(case.redirect.final_url, text, len(own))
    if first.exchange.method == "GET":
        return present(say("redirect-trailing-slash.present", text=text), "redirect")
    if len(own) > 1 or first.followed:
        return _broken(say("redirect-trailing-slash", text=text, n_own=len(own)))
    return _broken(say("redirect-trailing-slash.that-status-lets-fetch", text=text))


def _followed(final: str, text: Text, count: int) -> Judgement:
    more = say("redirect.followed.more", count=count) if count > 1 else ""
    return present(
        say("redirect.followed.present", text=text, final=final, more=more),
        "redirect",
    )


def _broken(text: Text) -> Judgement:
    impact: Impact = "fatal"
    return present(text, "redirect", impact=impact)
