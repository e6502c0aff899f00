"""Causes in a redirect: of the URL, of the scheme, to a sign-in page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urljoin, urlsplit

from streamtriage.causes.cause import ANY, cause
from streamtriage.causes.explains import STREAM_GETS, refused
from streamtriage.causes.judgement import Judgement, absent, present, suspected, unknown
from streamtriage.causes.words import answer
from streamtriage.model import Citation, Fix
from streamtriage.model.message import say
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.model import Exchange, Impact
    from streamtriage.model.message import Text
    from streamtriage.observations.case import Case

__all__ = [
    "redirect_cross_origin_login",
    "redirect_scheme_downgrade",
    "redirect_trailing_slash",
]

_POLICY = Citation(
    source="@modelcontextprotocol/sdk 1.32.2, client/streamableHttp.js: redirectPolicy"
)
_PORTS = {"http": 80, "https": 443}
# Hosts and paths of sign-in pages. A match names the page's purpose, not its product.
_LOGIN_HOST = re.compile(
    r"^(login|signin|auth|sso|idp|accounts?|id)\.|"
    r"(okta|auth0|onelogin|pingidentity|cloudflareaccess|microsoftonline)\."
)
_LOGIN_PATH = re.compile(
    r"/(log-?in|sign-?in|sso|saml2?|oauth2?|authorize|adfs|cdn-cgi/access)(/|$|\?)"
)


@dataclass(frozen=True)
class _Turn:
    """One redirect that was seen: from where, to where, and by which request."""

    exchange: Exchange
    source: SplitResult
    target: SplitResult
    followed: bool

    @property
    def same_host(self) -> bool:
        return self.source.hostname == self.target.hostname

    @property
    def downgrade(self) -> bool:
        plain = (self.source.scheme, self.target.scheme) == ("https", "http")
        return plain and self.same_host

    @property
    def leaves(self) -> bool:
        """True when the target is another origin, http to https here excepted."""
        if self.same_host and (_port(self.source), _port(self.target)) == (80, 443):
            return False
        here = (self.source.scheme, self.source.hostname, _port(self.source))
        return here != (self.target.scheme, self.target.hostname, _port(self.target))

    @property
    def to_login(self) -> bool:
        path = self.target.path.lower()
        named = bool(_LOGIN_PATH.search(path)) and path != self.source.path.lower()
        host = (self.target.hostname or "").lower()
        return named or (self.leaves and bool(_LOGIN_HOST.search(host)))

    def says(self) -> Text:
        seen = self.exchange
        place = f"{self.target.scheme}://{self.target.netloc}{self.target.path}"
        return say(
            "redirect.says",
            label=seen.label,
            method=seen.method,
            answer=answer(seen),
            place=place,
        )


def _port(url: SplitResult) -> int | None:
    try:
        return url.port or _PORTS.get(url.scheme)
    except ValueError:
        return None


def _turns(case: Case) -> tuple[_Turn, ...]:
    """Return every redirect, those of the first question first, then those of GETs."""
    found: list[_Turn | None] = []
    url = case.intake.url
    for hop in case.redirect.hops if case.redirect else ():
        turn = _turn(hop.exchange, url, hop.location, followed=hop.followed)
        found.append(turn)
        url = turn.target.geturl() if turn and hop.followed else url
    none = case.opened.none if case.opened else None
    for seen in (*case.live_gets, *((none,) if none else ())):
        location = seen.headers.get("location", "")
        if seen.status in (301, 302, 303, 307, 308) and location:
            found.append(_turn(seen, url, location, followed=False))
    return tuple(turn for turn in found if turn is not None)


def _turn(seen: Exchange, url: str, location: str, *, followed: bool) -> _Turn | None:
    """Return where a redirect leads, None if its location is no address."""
    try:
        target = urlsplit(urljoin(url, location))
        named = target.scheme in _PORTS and target.hostname
    except ValueError:
        return None
    return _Turn(seen, urlsplit(url), target, followed) if named else None


def _seen(case: Case) -> tuple[_Turn, ...] | Judgement:
    turns = _turns(case)
    if turns:
        return turns
    if not any(seen.answered for seen in case.exchanges):
        return unknown(say("redirect.seen.unknown"))
    if case.redirect is None and not case.live_gets:
        return unknown(say("redirect.seen.unknown.the-first-request-was"))
    return absent(
        say("redirect.seen.absent"),
        "redirect",
        *case.probes_of(case.live_gets, "open"),
    )


@cause(
    layer="http",
    owner="proxy",
    scope="deployment configuration",
    impact="fatal",
    eras=ANY,
    look_alike="redirect-cross-origin-login",
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
        _POLICY,
        Citation(source="https://github.com/dbcls/togomcp/issues/175", grade="I"),
        Citation(source="https://github.com/BerriAI/litellm/pull/34845", grade="I"),
    ),
)
def redirect_scheme_downgrade(case: Case) -> Judgement:
    """An https request is redirected to plain http, which clients refuse or lose."""
    turns = _seen(case)
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


@cause(
    layer="auth",
    owner="proxy",
    scope="account/auth",
    impact="fatal",
    eras=ANY,
    look_alike="token-expired-no-provider",
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
        _POLICY,
        Citation(source="MCP 2025-11-25, basic/authorization: 401, never a redirect"),
    ),
)
def redirect_cross_origin_login(case: Case) -> Judgement:
    """A sign-in wall answers in the server's place, with a redirect instead of 401."""
    turns = _seen(case)
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


@cause(
    layer="http",
    owner="client",
    scope="deployment configuration",
    impact="cosmetic",
    eras=ANY,
    look_alike="redirect-scheme-downgrade",
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
        _POLICY,
        Citation(source="RFC 9110, 15.4: 307 and 308 keep the method, 301 need not"),
        Citation(source="https://github.com/PrefectHQ/fastmcp/issues/435", grade="I"),
    ),
)
def redirect_trailing_slash(case: Case) -> Judgement:
    """The URL in use is redirected to another one of the same server."""
    turns = _seen(case)
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
