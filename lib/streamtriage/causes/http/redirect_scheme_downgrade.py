"""The cause `redirect-scheme-downgrade`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import STREAM_GETS, refused
from streamtriage.causes.judgement import Judgement, absent, present
from streamtriage.causes.redirects import REDIRECT_POLICY, seen_turns
from streamtriage.model import CauseId, Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase
from streamtriage.wording import answer

if TYPE_CHECKING:
    from streamtriage.observations.case import Case

__all__ = ["redirect_scheme_downgrade"]


@cause(
    owner="proxy",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike=CauseId("redirect-cross-origin-login"),
    reported_as=("redirect-downgrade",),
    explains=(
        refused(range(300, 400), at=(Phase.REDIRECT, Phase.GREET, *STREAM_GETS)),
    ),
    fixes=(
        Fix(
            where="uvicorn behind a proxy that ends TLS",
            what="Believe the proxy about the scheme, so that redirects say https.",
            paste="uvicorn app:app --proxy-headers --forwarded-allow-ips='*'",
            verify="redirect",
        ),
        Fix(
            where="nginx",
            what="Tell the server which scheme the client used.",
            paste="proxy_set_header X-Forwarded-Proto $scheme;\n"
            "proxy_set_header Host $host;",
            verify="redirect",
        ),
        Fix(
            where="the client's MCP configuration",
            what="Write the URL as the server wants it, so that nothing is redirected.",
            paste='"url": "https://HOST/mcp/"',
            verify="redirect",
        ),
    ),
    citations=(
        REDIRECT_POLICY,
        Citation(source="https://github.com/dbcls/togomcp/issues/175", grade="I"),
        Citation(source="https://github.com/BerriAI/litellm/pull/34845", grade="I"),
    ),
)
def redirect_scheme_downgrade(case: Case) -> Judgement:
    """An https request is redirected to plain http, which clients refuse or lose."""
    turns = seen_turns(case)
    if isinstance(turns, Judgement):
        return turns
    found = next((turn for turn in turns if turn.downgrade), None)
    if found is None:
        return absent(say("redirect-scheme-downgrade.absent"), "redirect")
    twin = case.redirect.https_answer if case.redirect else None
    tried = (
        say("redirect-scheme-downgrade.tried", answer=answer(twin))
        if twin is not None and twin.answered
        else ""
    )
    return present(
        say("redirect-scheme-downgrade.present", says=found.says(), tried=tried),
        "redirect",
    )
