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
from streamtriage.model.observation import Phase

if TYPE_CHECKING:
    from streamtriage.model import Exchange, Impact
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

    def says(self) -> str:
        seen = self.exchange
        place = f"{self.target.scheme}://{self.target.netloc}{self.target.path}"
        return f"`{seen.label}` ({seen.method}) was answered {answer(seen)} to {place}"


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
        return unknown("Nothing was answered over HTTP.")
    if case.redirect is None and not case.live_gets:
        return unknown("The first request was not looked at for redirects.")
    return absent(
        "No request was answered with a redirect.",
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
        return absent("No redirect goes from https to http.", "redirect")
    twin = case.redirect.https_answer if case.redirect else None
    tried = (
        f" The same place by https is answered {answer(twin)}."
        if twin is not None and twin.answered
        else ""
    )
    return present(
        f"{found.says()}, so TLS is left. Clients of the TypeScript SDK from 1.32.0 on "
        f"do not follow; older ones go on without encryption or credentials.{tried}",
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
        sent = " No credential was given to this tool." if bare else ""
        return present(
            f"{login.says()}, a sign-in page.{sent} Clients refuse to follow, or take "
            "the page for a stream that ended.",
            "redirect",
        )
    away = next((t for t in turns if t.leaves and not t.downgrade), None)
    if away is not None:
        return suspected(
            f"{away.says()}, another origin. No client follows there with its "
            "credentials, and neither did this tool.",
            "Open that address in a browser: if it asks you to sign in, this is it; "
            "if it is the server's new home, put it into the configuration.",
            "redirect",
        )
    return absent("No redirect leads to a sign-in page or another origin.", "redirect")


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
        return absent("The redirect does not stay at this server.", "redirect")
    first = own[0]
    text = f"{first.says()}, on the same server."
    if case.redirect is not None and case.redirect.final_url:
        return _followed(case.redirect.final_url, text, len(own))
    if first.exchange.method == "GET":
        return present(
            f"{text} Each time the stream is opened costs one request more.", "redirect"
        )
    if len(own) > 1 or first.followed:
        return _broken(f"{text} After {len(own)} redirects there was still no answer.")
    return _broken(
        f"{text} That status lets fetch turn POST into GET: clients of the TypeScript "
        "SDK from 1.32.0 on do not follow it, and older ones lose the request."
    )


def _followed(final: str, text: str, count: int) -> Judgement:
    more = f" after {count} redirects" if count > 1 else ""
    return present(
        f"{text} Everything else was asked at {final}{more}. Clients that follow pay "
        "one request more each time; some lose headers on the way.",
        "redirect",
    )


def _broken(text: str) -> Judgement:
    impact: Impact = "fatal"
    return present(text, "redirect", impact=impact)
